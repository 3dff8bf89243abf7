"""Workers that run out of time, of memory or altogether: F18 to F20 of the failure model."""

import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from django.db.models import F
from django.utils import timezone
from PIL import Image

from apps.emoji.models import EmojiTask
from dev.dashscope_behaviours import holds
from dev.dashscope_trouble import says
from dev.fake_dashscope import Behaviour
from tests.journeys.conftest import wait_until
from tests.journeys.in_kitchen.kitchen import Kitchen, Order, photo_of
from tests.journeys.test_worker_faults import pool_children

SETTINGS = {
    "TASK_INTERRUPTED_SECONDS": "5",
    "TASK_KILLED_SECONDS": "7",
    # So that the time of the task is over before that of its call and that of its lease.
    "DASHSCOPE_CALL_SECONDS": "10",
    "EMOJI_LEASE_SECONDS": "8",
    # What has too little memory is tried again for longer than another emoji takes.
    "EMOJI_FIRST_WAIT_SECONDS": "1",
    "EMOJI_MOST_RETRIES": "8",
}
MEGABYTE = 1024**2


def order_with(kitchen: Kitchen, operation: str, behaviour: Behaviour) -> Order:
    app = kitchen.customer()
    kitchen.dashscope.next(operation, behaviour, of=photo_of(app))
    return kitchen.order(app)


def is_met(kitchen: Kitchen, order: Order) -> None:
    """Whatever its photo had to meet."""
    wait_until(lambda: not kitchen.dashscope.misfortune.left(photo_of(order.app)), "the request comes")


def test_f18_a_step_that_takes_too_long_is_broken_off_and_made_again(quiet: Kitchen) -> None:
    release, broken_off = threading.Event(), quiet.logged("SoftTimeLimitExceeded")
    order = order_with(quiet, "submit", holds(release))
    wait_until(lambda: quiet.logged("SoftTimeLimitExceeded") > broken_off, "it is broken off")
    release.set()
    quiet.require_made(order)


def test_f18_a_worker_that_cannot_be_interrupted_is_replaced(quiet: Kitchen) -> None:
    release = threading.Event()
    order = order_with(quiet, "detect", holds(release))
    is_met(quiet, order)
    worker = quiet.last_caller()
    stopped = pool_children(worker)
    for child in stopped:
        os.kill(child, signal.SIGSTOP)
    wait_until(lambda: set(pool_children(worker)) - set(stopped), "the one that was at work is replaced")
    release.set()
    for child in set(stopped) & set(pool_children(worker)):
        os.kill(child, signal.SIGCONT)
    quiet.require_made(order)


@contextmanager
def little_memory(kitchen: Kitchen, megabytes: int) -> Iterator[None]:
    """For every child of every worker, beyond what it has."""
    children = [child for worker in kitchen.product.workers for child in pool_children(worker)]
    for child in children:
        pages = int(Path(f"/proc/{child}/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + megabytes * MEGABYTE
        resource.prlimit(child, resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
    yield
    for child in children:
        resource.prlimit(child, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def large_photo() -> bytes:
    """48 MB of pixels in a small file."""
    file = BytesIO()
    Image.new("RGB", (4000, 4000), "gray").save(file, "PNG")
    return file.getvalue()


def test_f19_a_photo_that_memory_is_too_short_for_waits_and_the_others_are_made(quiet: Kitchen) -> None:
    app, photo = quiet.customer(), large_photo()
    ticket = app.ticket(photo, "image/png")
    app.upload(ticket, photo)
    before = quiet.logged("MemoryError")
    with little_memory(quiet, megabytes=25):
        large = quiet.order(app, str(ticket["upload_id"]))
        wait_until(lambda: quiet.logged("MemoryError") > before, "there is not enough")
        quiet.require_made(quiet.order())
    quiet.require_made(large)


def test_f20_without_any_worker_orders_wait_in_their_turn(quiet: Kitchen) -> None:
    app = quiet.customer(6)
    upload_id = quiet.product.upload(app)
    quiet.stop_workers()
    orders = [quiet.order(app, upload_id) for _ in range(6)]
    assert [order.shown()["queue"]["position"] for order in orders] == [1, 2, 3, 4, 5, 6]
    *in_time, too_late = orders
    long_ago = timezone.now() - timedelta(hours=7)
    EmojiTask.objects.filter(id=int(too_late.task_id)).update(retried_at=long_ago)
    quiet.start_workers()
    assert [quiet.ended(order).status for order in in_time] == ["succeeded"] * 5
    quiet.require_failed(too_late, "deadline_exceeded", submissions=5)
    assert min(in_time, key=lambda order: order.row.started_at or timezone.now()) in in_time[:4], "of four at once"


def test_f20_what_was_made_while_there_was_no_worker_is_not_lost_for_its_deadline(quiet: Kitchen) -> None:
    app = quiet.customer()
    quiet.dashscope.next("ask", *[says("RUNNING")] * 50, of=photo_of(app))
    order = quiet.order(app)
    quiet.in_stage(order, "generating")
    quiet.stop_workers()
    quiet.dashscope.misfortune.forget()
    an_hour = timedelta(hours=1)
    EmojiTask.objects.update(next_step_at=F("next_step_at") - an_hour, deadline_at=F("deadline_at") - an_hour)
    quiet.start_workers()
    quiet.require_made(order)
