"""Celery's tasks, by name: how they end, and when each went well last, which tells a job that does not run at all."""

import time

from django.conf import settings

from apps.core import metrics

jobs = metrics.counter(
    "pk_jobs",
    "Celery tasks that ended",
    ["task", "state"],
    [(str(entry["task"]), end) for entry in settings.CELERY_BEAT_SCHEDULE.values() for end in ("failure", "success")],
)
last_success = metrics.latest("pk_job_last_success_timestamp", "When a Celery task went well last, Unix time", ["task"])


def ended(task: str, state: str) -> None:
    jobs.labels(task, state.lower()).inc()
    if state == "SUCCESS":
        last_success.labels(task).set(time.time())


def refused() -> None:
    """A message that names no task of ours, or is none: nobody knows whose it was."""
    jobs.labels("unknown", "refused").inc()
