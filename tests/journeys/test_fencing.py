"""Many messages, slow workers: a task is submitted once, and one result is told."""

import os
import signal
import threading
from typing import Any

import pytest
import redis

from apps.emoji import detections
from apps.emoji.models import EmojiTask, PhotoUpload
from apps.emoji.provider import FaceBoxes
from dev.children import Child
from dev.dashscope_behaviours import holds, slow
from dev.fake_dashscope import FakeDashScope
from tests.journeys.conftest import Product, wait_until


def order(product: Product) -> None:
    product.start_web()
    app = product.app_with_points(200)
    app.create_task("mengwa_kaixin", product.upload(app))


def succeeded() -> bool:
    return EmojiTask.objects.filter(status="succeeded").exists()


def signal_all(worker: Child, number: signal.Signals) -> None:
    """The worker and its children."""
    os.killpg(worker.process.pid, number)


def test_f15_ten_messages_for_one_task_are_one_submission(
    product: Product, dashscope: FakeDashScope, broker_url: str, settings: Any
) -> None:
    """Its photo is known to be good: only the lease keeps ten from submitting it. Ten more come at the end."""
    settings.ALIYUN_EMOJI_MOCK = False
    dashscope.next("submit", slow(1))
    order(product)
    detections.remember_passed(PhotoUpload.objects.get(), FaceBoxes((10, 10, 90, 90), (0, 0, 100, 100)))
    with redis.Redis.from_url(broker_url) as broker:
        [message] = broker.lrange("celery", 0, -1)
        broker.lpush("celery", *[message] * 9)
        for _ in range(2):
            product.start_worker()
        wait_until(lambda: broker.llen("celery") == 0, "all ten messages are taken")
        product.start_beat()
        wait_until(succeeded, "the task succeeds")
        made = EmojiTask.objects.values().get()
        broker.lpush("celery", *[message] * 10)
        wait_until(lambda: broker.llen("celery") + broker.hlen("unacked") == 0, "ten more are done with")
    operations = [call.operation for call in dashscope.calls]
    assert (operations.count("detect"), operations.count("submit"), len(dashscope.submissions)) == (0, 1, 1)
    assert EmojiTask.objects.values().get() == made


@pytest.mark.parametrize("operation", ["detect", "submit", "ask", "download"])
def test_a_worker_that_slept_through_its_lease_changes_nothing(
    product: Product, dashscope: FakeDashScope, operation: str
) -> None:
    answer = threading.Event()
    dashscope.next(operation, holds(answer))
    order(product)
    product.start_beat()
    sleeper = product.start_worker()
    wait_until(lambda: operation in [call.operation for call in dashscope.calls], f"the worker is in {operation}")
    signal_all(sleeper, signal.SIGSTOP)
    product.start_worker()
    wait_until(succeeded, "the other worker makes the emoji")
    made = EmojiTask.objects.values().get()
    answer.set()
    signal_all(sleeper, signal.SIGCONT)
    wait_until(lambda: "another worker has this task now" in sleeper.log.read_text(), "the sleeper notices")
    assert EmojiTask.objects.values().get() == made
    assert (len(dashscope.submissions), made["submit_no"]) == (1, 1)
