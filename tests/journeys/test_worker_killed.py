"""A worker may die at any point of a task: the next one finishes it, and nothing is paid twice."""

import threading

import pytest

from apps.emoji.models import EmojiTask
from apps.points.models import PointTransaction
from dev.dashscope_behaviours import holds
from dev.fake_dashscope import FakeDashScope
from tests.journeys.conftest import Product, wait_until


def start(product: Product) -> str:
    """Everything runs and one emoji is ordered."""
    product.start_web()
    product.start_beat()
    product.start_worker()
    app = product.app_with_points(200)
    return str(app.create_task("mengwa_kaixin", product.upload(app))["id"])


def succeeded() -> bool:
    return EmojiTask.objects.filter(status="succeeded").exists()


@pytest.mark.parametrize("operation", ["detect", "submit", "ask", "download"])
def test_a_task_whose_worker_is_killed_in_any_stage_is_made_once(
    product: Product, dashscope: FakeDashScope, operation: str
) -> None:
    release = threading.Event()
    dashscope.next(operation, holds(release))
    start(product)
    wait_until(lambda: operation in [call.operation for call in dashscope.calls], f"the worker is in {operation}")
    product.kill_worker()
    release.set()
    product.start_worker()
    wait_until(succeeded, "the task succeeds")
    assert len(dashscope.submissions) == 1
    assert PointTransaction.objects.filter(kind="spend").count() == 1


def test_a_worker_that_is_asked_to_stop_leaves_nothing_undone(product: Product, dashscope: FakeDashScope) -> None:
    start(product)
    wait_until(lambda: dashscope.submissions, "the photo is submitted")
    product.children.stop(product.workers.pop())
    product.start_worker()
    wait_until(succeeded, "the task succeeds")
    assert len(dashscope.submissions) == 1
