"""What happens to emoji tasks, counted: orders and ends, the time of each stage, calls of the provider, lost bells."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone

from apps.core import metrics
from apps.emoji.task_errors import TASK_ERRORS

tasks = metrics.counter(
    "pk_tasks",
    "Emoji tasks by what became of them; `queued` counts orders, `code` says why one failed",
    ["status", "code"],
    [("queued", ""), ("succeeded", ""), ("canceled", ""), *(("failed", code) for code in TASK_ERRORS)],
)
task_seconds = metrics.histogram("pk_task_seconds", "From the order to the clip", buckets=metrics.LONG_SECONDS)
stage_seconds = metrics.histogram(
    "pk_task_stage_seconds",
    "Time of one step, by stage; of the provider's whole work for `generating`, of the wait for a place for `queued`",
    ["stage"],
    metrics.LONG_SECONDS,
)
enqueue_failures = metrics.counter(
    "pk_enqueue_failures", "Messages that the broker did not take; the sweeper sends them"
)
provider_requests = metrics.counter(
    "pk_dashscope_requests", "Calls of the provider, by kind and what came of them", ["op", "outcome"]
)


def ordered() -> None:
    tasks.labels("queued", "").inc()


def begun(ordered_at: datetime) -> None:
    stage_seconds.labels("queued").observe(_since(ordered_at))


def generated(sent_at: datetime | None) -> None:
    if sent_at:
        stage_seconds.labels("generating").observe(_since(sent_at))


def succeeded(ordered_at: datetime) -> None:
    tasks.labels("succeeded", "").inc()
    task_seconds.observe(_since(ordered_at))


def failed(code: str) -> None:
    tasks.labels("failed", code).inc()


def canceled() -> None:
    tasks.labels("canceled", "").inc()


@contextmanager
def step(stage: str) -> Iterator[None]:
    """Looks at what the provider is making are not counted: `generated` tells its time."""
    began = time.perf_counter()
    try:
        yield
    finally:
        if stage != "generating":
            stage_seconds.labels(stage).observe(time.perf_counter() - began)


def _since(moment: datetime) -> float:
    return max((timezone.now() - moment).total_seconds(), 0.0)
