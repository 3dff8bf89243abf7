"""Redis is only a bell, whatever is wrong with it: what was accepted is made, once, and paid once.

Two workers, beat and web are at it while it happens, and orders come before, during and after.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

import pytest
import redis

from apps.emoji.models import EmojiTask
from apps.points.models import PointTransaction
from dev.dashscope_behaviours import holds
from dev.fake_dashscope import FakeDashScope
from dev.free_port import LOOPBACK
from dev.mobile_app import MobileApp
from dev.tcp_proxy import TcpProxy
from tests.journeys.conftest import Product, broken_invariants, wait_until

LASTS_SECONDS = 4.0
ORDERS_EACH = 2
ROOM_FOR_ALL = {"DASHSCOPE_PLACES": "100", "DASHSCOPE_SUBMISSIONS_PER_SECOND": "100"}


@dataclass
class Wire:
    """Redis, and the network before it."""

    client: "redis.Redis"
    proxy: TcpProxy


def forgets_all_the_time(wire: Wire) -> None:
    for _ in range(20):
        wire.client.flushall()
        time.sleep(LASTS_SECONDS / 20)


def is_slow(wire: Wire) -> None:
    wire.proxy.delay_seconds = 2.0
    time.sleep(LASTS_SECONDS)
    wire.proxy.delay_seconds = 0.0


def is_a_black_hole(wire: Wire) -> None:
    wire.proxy.is_silent = True
    time.sleep(LASTS_SECONDS)
    wire.proxy.is_silent = False


def is_heard_by_nobody(wire: Wire) -> None:
    wire.proxy.loses_answers = True
    time.sleep(LASTS_SECONDS)
    wire.proxy.loses_answers = False


def takes_no_writes(wire: Wire) -> None:
    wire.client.client_pause(int(LASTS_SECONDS * 1000), all=False)
    time.sleep(LASTS_SECONDS)


def has_no_memory_left(wire: Wire) -> None:
    wire.client.config_set("maxmemory", "1")
    time.sleep(LASTS_SECONDS)
    wire.client.config_set("maxmemory", "0")


def hangs_up_again_and_again(wire: Wire) -> None:
    for _ in range(8):
        wire.client.client_kill_filter(_type="normal", skipme=True)
        time.sleep(LASTS_SECONDS / 8)


def has_another_password(wire: Wire) -> None:
    with another_password(wire):
        time.sleep(LASTS_SECONDS)


@contextmanager
def another_password(wire: Wire) -> Iterator[None]:
    right = str(wire.client.config_get("requirepass")["requirepass"])
    wire.client.config_set("requirepass", "another one, for tests only")
    wire.client.client_kill_filter(_type="normal", skipme=True)
    yield
    wire.client.config_set("requirepass", right)


FAULTS: dict[str, Callable[[Wire], None]] = {
    "F25": forgets_all_the_time,
    "F26": is_slow,
    "F27": is_a_black_hole,
    "F28": is_heard_by_nobody,
    "F29": takes_no_writes,
    "F30": has_no_memory_left,
    "F31": hangs_up_again_and_again,
    "F32": has_another_password,
}


@pytest.fixture
def wire(product: Product, broker_url: str) -> Iterator[Wire]:
    """The product reaches Redis over a network of ours, the test does not."""
    address = urlsplit(broker_url)
    assert address.port
    proxy = TcpProxy(address.port)
    proxy.start()
    product.env["REDIS_URL"] = f"redis://:{address.password}@{LOOPBACK}:{proxy.port}/0"
    with redis.Redis.from_url(broker_url, decode_responses=True) as client:
        yield Wire(client, proxy)
    proxy.stop()


@pytest.mark.timeout(900)
def test_every_accepted_emoji_is_made_once(
    product: Product, wire: Wire, dashscope: FakeDashScope, subtests: pytest.Subtests
) -> None:
    product.env |= ROOM_FOR_ALL
    everything_runs(product)
    app = product.app_with_points(200 * 3 * ORDERS_EACH * len(FAULTS))
    upload_id = product.upload(app)
    for number, (name, fault) in enumerate(FAULTS.items(), start=1):
        with subtests.test(fault=name):
            order(app, upload_id)
            order_while(fault, wire, app, upload_id)
            order(app, upload_id)
            expected = 3 * ORDERS_EACH * number
            wait_until(partial(succeeded, expected), f"{name}: all are made")
            assert len(dashscope.submissions) == expected
            assert PointTransaction.objects.filter(kind="spend").count() == expected
            assert broken_invariants() == []
            assert [child.name for child in product.children.running if child.ended] == []


def test_a_worker_that_cannot_say_what_it_has_done_goes_on_with_what_comes_next(
    product: Product, wire: Wire, dashscope: FakeDashScope
) -> None:
    """It is at work on as many messages as it takes at once when the connection by which it would say so is lost."""
    product.env |= ROOM_FOR_ALL
    product.start_web()
    worker = product.start_worker()
    product.start_beat()
    app = product.app_with_points(200 * 2 * ORDERS_EACH)
    upload_id = product.upload(app)
    release = threading.Event()
    for _ in range(ORDERS_EACH):
        dashscope.next("submit", holds(release))
    order(app, upload_id)
    wait_until(lambda: len(dashscope.submissions) == ORDERS_EACH, "both are submitted, and not answered")
    with another_password(wire):
        release.set()
        wait_until(lambda: EmojiTask.objects.filter(stage="generating").count() == ORDERS_EACH, "both steps are made")
        wait_until(lambda: "Couldn't ack" in worker.log.read_text(), "Redis does not hear of it")
        time.sleep(LASTS_SECONDS / 4)
    order(app, upload_id)
    wait_until(partial(succeeded, 2 * ORDERS_EACH), "all are made")
    assert len(dashscope.submissions) == 2 * ORDERS_EACH
    assert broken_invariants() == []


def succeeded(number: int) -> bool:
    return EmojiTask.objects.filter(status="succeeded").count() == number


def everything_runs(product: Product) -> None:
    product.start_web()
    for _ in range(2):
        product.start_worker()
    product.start_beat()


def order(app: MobileApp, upload_id: str) -> None:
    for _ in range(ORDERS_EACH):
        assert app.create_task("mengwa_kaixin", upload_id)["status"] == "queued"


def order_while(fault: Callable[[Wire], None], wire: Wire, app: MobileApp, upload_id: str) -> None:
    with ThreadPoolExecutor(1) as other:
        happens = other.submit(fault, wire)
        time.sleep(LASTS_SECONDS / 4)
        order(app, upload_id)
        happens.result()
