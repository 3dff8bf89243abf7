"""Whatever ends a worker, wherever it is: the task goes on, is submitted once and paid once."""

import base64
import json
import os
import signal
import subprocess
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from apps.emoji.models import EmojiTask
from apps.points.models import PointTransaction
from dev import processes
from dev.children import Child
from dev.dashscope_behaviours import drips, holds
from dev.fake_dashscope import FakeDashScope
from dev.mobile_app import MobileApp
from dev.project import ROOT
from tests.journeys.conftest import Product, broken_invariants, wait_until
from tests.journeys.test_webhook_killed import someone_waits_for_a_lock

JSON = "application/json"
ADVANCE = "apps.emoji.tasks.advance"
STAGES = ("detect", "submit", "ask", "download")
PROPERTIES = {
    "delivery_tag": "1",
    "delivery_info": {"exchange": "", "routing_key": "celery"},
    "body_encoding": "base64",
}
HEADERS = {"id": "1", "task": ADVANCE}
BODY = base64.b64encode(b"[[], {}, {}]").decode()
COMMAND = base64.b64encode(b'{"method": "ping", "arguments": {}, "destination": null}').decode()
MALFORMED: tuple[Any, ...] = (
    [],
    {},
    {"properties": {}},
    {"properties": {"delivery_tag": "1"}, "content-type": JSON, "headers": HEADERS, "body": BODY},
    {"properties": PROPERTIES, "headers": HEADERS, "body": BODY},
    {"properties": PROPERTIES, "content-type": "application/x-python-serialize", "headers": HEADERS, "body": BODY},
    {"properties": PROPERTIES, "content-type": JSON, "body": BODY},
    {"properties": PROPERTIES, "content-type": JSON, "headers": {"task": ADVANCE}, "body": BODY},
    {"properties": PROPERTIES, "content-type": JSON, "headers": {"id": "1"}, "body": BODY},
    {"properties": PROPERTIES | {"delivery_tag": []}, "content-type": JSON, "headers": HEADERS, "body": BODY},
    {"properties": PROPERTIES, "content-type": JSON, "headers": HEADERS | {"task": {}}, "body": BODY},
    {"properties": PROPERTIES, "content-type": JSON, "headers": HEADERS | {"timelimit": ["a", "b"]}, "body": BODY},
    {"properties": PROPERTIES, "content-type": JSON, "headers": HEADERS | {"eta": "soon"}, "body": BODY},
    {"properties": PROPERTIES, "content-type": JSON, "headers": HEADERS | {"expires": {"a": 1}}, "body": BODY},
    # Like a command to workers.
    {"properties": PROPERTIES, "content-type": JSON, "headers": {"clock": 1}, "body": COMMAND},
    {"properties": PROPERTIES, "content-type": JSON, "headers": HEADERS},
    *(
        {"properties": PROPERTIES, "content-type": JSON, "headers": HEADERS, "body": base64.b64encode(body).decode()}
        for body in (b"", b"not json", b"5", b"{}", b"[]", b"[5, {}, {}]")
    ),
)
RUBBISH = (b"not json", b"\xff", *(json.dumps(rubbish).encode() for rubbish in MALFORMED))
END_WHO_WAITS_FOR_US = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))
"""


def succeeded(number: int) -> bool:
    return EmojiTask.objects.filter(status="succeeded").count() == number


def calls(dashscope: FakeDashScope, operation: str) -> int:
    return [call.operation for call in dashscope.calls].count(operation)


def is_called_again(dashscope: FakeDashScope, operation: str, before: int) -> bool:
    return calls(dashscope, operation) > before


def is_submitted(dashscope: FakeDashScope, number: int) -> bool:
    return len(dashscope.submissions) == number


def has_ended(worker: Child) -> bool:
    return worker.ended


def pool_children(worker: Child) -> list[int]:
    """Those that do the work; the worker itself only hands it out."""
    pid = worker.process.pid
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in told]


def is_answered(product: Product) -> bool:
    """A command that comes while the worker drops its link, for what is none, is lost."""
    asked = [*processes.PYTHON, "celery", "-A", "pickitchen", "inspect", "ping", "--timeout", "3"]
    told = subprocess.run(asked, env=product.env, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    return "pong" in told.stdout


def everything_runs(product: Product) -> MobileApp:
    product.start_web()
    product.start_beat()
    product.start_worker()
    return product.app_with_points(200 * 10)


def nothing_is_doubled(dashscope: FakeDashScope, tasks: int) -> None:
    assert len(dashscope.submissions) == tasks
    assert PointTransaction.objects.filter(kind="spend").count() == tasks
    assert broken_invariants() == []


def test_f10_a_pool_child_is_killed_in_each_stage(
    product: Product, dashscope: FakeDashScope, subtests: pytest.Subtests
) -> None:
    product.env |= {"DASHSCOPE_DETECTIONS_PER_SECOND": "100"}
    app = everything_runs(product)
    for number, stage in enumerate(STAGES, start=1):
        with subtests.test(stage=stage):
            release = threading.Event()
            before = calls(dashscope, stage)
            dashscope.next(stage, holds(release))
            order_with_a_photo_of_its_own(product, app, number)
            wait_until(partial(is_called_again, dashscope, stage, before), f"it is in {stage}")
            for child in pool_children(product.workers[0]):
                os.kill(child, signal.SIGKILL)
            release.set()
            wait_until(partial(succeeded, number), f"killed in {stage}: the task succeeds")
            nothing_is_doubled(dashscope, number)


def order_with_a_photo_of_its_own(product: Product, app: MobileApp, number: int) -> None:
    """A photo that was checked is not checked again; bytes after the end of a JPEG make it another one."""
    product.portrait += bytes([number])
    app.create_task("mengwa_kaixin", product.upload(app))


def test_f13_a_worker_is_killed_when_the_clip_is_stored_and_not_told(
    product: Product, dashscope: FakeDashScope
) -> None:
    """The task's row is locked by somebody else, so the worker has put the clip away and waits to say so. What it has
    begun to say ends with it."""
    release = threading.Event()
    dashscope.next("download", holds(release))
    # Its worker has the task until the test has locked it.
    product.env["EMOJI_LEASE_SECONDS"] = "8"
    app = everything_runs(product)
    app.create_task("mengwa_kaixin", product.upload(app))
    wait_until(lambda: "download" in [call.operation for call in dashscope.calls], "the clip is fetched")
    results = product.folder / "photos" / "results"
    with psycopg.connect(product.env["DATABASE_URL"]) as other:
        other.execute("SELECT 1 FROM emoji_emojitask FOR UPDATE")
        release.set()
        wait_until(lambda: any(results.rglob("*.mp4")), "the clip is stored")
        wait_until(someone_waits_for_a_lock, "it is about to be told")
        product.kill_worker()
        other.execute(END_WHO_WAITS_FOR_US)
    product.start_worker()
    wait_until(lambda: succeeded(1), "the task succeeds")
    assert len([*results.rglob("*.mp4")]) == 1
    nothing_is_doubled(dashscope, 1)


def test_f16_a_message_for_nobody_hurts_no_worker(product: Product, dashscope: FakeDashScope, broker_url: str) -> None:
    product.start_web()
    app = product.app_with_points(200 * 2)
    app.create_task("mengwa_kaixin", product.upload(app))
    with redis.Redis.from_url(broker_url) as broker:
        [message] = broker.lrange("celery", 0, -1)
        task_id = str(EmojiTask.objects.get().id)
        unknown_task = message.replace(ADVANCE.encode(), b"no.such.task")
        body = json.loads(message)["body"]
        unknown_id = base64.b64encode(base64.b64decode(body).replace(task_id.encode(), b"1" * len(task_id)))
        broker.lpush("celery", unknown_task, message.replace(body.encode(), unknown_id))
        product.start_worker()
        product.start_beat()
        wait_until(lambda: broker.llen("celery") == 0, "everything is taken")
    wait_until(lambda: succeeded(1), "the task succeeds")
    assert not product.workers[0].ended
    nothing_is_doubled(dashscope, 1)


def test_f16_what_is_no_message_at_all_ends_no_worker(
    product: Product, dashscope: FakeDashScope, broker_url: str
) -> None:
    """More of each kind than a worker takes at once."""
    app = everything_runs(product)
    with redis.Redis.from_url(broker_url) as broker:
        broker.lpush("celery", *RUBBISH * 10)
    app.create_task("mengwa_kaixin", product.upload(app))
    wait_until(lambda: succeeded(1), "the task succeeds")
    assert not product.workers[0].ended
    nothing_is_doubled(dashscope, 1)


def test_f16_a_worker_answers_commands_and_outlives_what_is_none(
    product: Product, dashscope: FakeDashScope, broker_url: str
) -> None:
    app = everything_runs(product)
    with redis.Redis.from_url(broker_url) as broker:
        for rubbish in RUBBISH:
            # Nobody does for a moment after one that makes it drop its link.
            wait_until(partial(broker.publish, "/0.celery.pidbox", rubbish), "the worker listens")
    wait_until(lambda: is_answered(product), "the worker answers")
    app.create_task("mengwa_kaixin", product.upload(app))
    wait_until(lambda: succeeded(1), "the task succeeds")
    assert not product.workers[0].ended
    nothing_is_doubled(dashscope, 1)


@pytest.mark.parametrize(
    ("signals", "times"),
    [((signal.SIGTERM,), 3), ((signal.SIGINT, signal.SIGINT), 1), ((signal.SIGQUIT,), 1)],
    ids=["SIGTERM", "SIGINT twice", "SIGQUIT"],
)
def test_f21_f22_workers_are_restarted_in_the_midst_of_their_tasks(
    product: Product, dashscope: FakeDashScope, signals: tuple[signal.Signals, ...], times: int
) -> None:
    """Each is told to stop while the provider has the photo and has not answered yet."""
    product.env |= {"DASHSCOPE_PLACES": "100", "DASHSCOPE_SUBMISSIONS_PER_SECOND": "100"}
    app = everything_runs(product)
    upload_id = product.upload(app)
    for number in range(1, times + 1):
        release = threading.Event()
        dashscope.next("submit", holds(release))
        app.create_task("mengwa_kaixin", upload_id)
        wait_until(partial(is_submitted, dashscope, number), "it is submitted")
        worker = product.workers.pop()
        for told in signals:
            worker.process.send_signal(told)
        time.sleep(1)
        release.set()
        wait_until(partial(has_ended, worker), "the worker ends")
        product.start_worker()
    wait_until(lambda: succeeded(times), "all tasks succeed")
    nothing_is_doubled(dashscope, times)


def test_f21_a_worker_that_is_told_to_stop_hands_back_what_takes_too_long(
    product: Product, dashscope: FakeDashScope
) -> None:
    """The provider never comes to an end, and the call may last longer than the test."""
    long = {"DASHSCOPE_CALL_SECONDS": "400", "TASK_INTERRUPTED_SECONDS": "400", "TASK_KILLED_SECONDS": "410"}
    product.env |= {"WORKER_FINISHES_SECONDS": "2", **long}
    app = everything_runs(product)
    dashscope.next("ask", drips)
    app.create_task("mengwa_kaixin", product.upload(app))
    wait_until(lambda: calls(dashscope, "ask") == 1, "it is asked about")
    worker = product.workers.pop()
    worker.process.send_signal(signal.SIGTERM)
    wait_until(partial(has_ended, worker), "the worker ends")
    product.start_worker()
    wait_until(lambda: succeeded(1), "the task succeeds")
    nothing_is_doubled(dashscope, 1)
