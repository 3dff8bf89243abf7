"""Jobs are counted by how they end, and an alert sees the first that fails."""

import pytest
from django.conf import settings

from apps.core import metrics
from tests.scrape import parsed

SCHEDULED = sorted({str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()})


@pytest.mark.parametrize("task", SCHEDULED)
def test_the_failures_of_a_scheduled_job_are_told_before_there_is_one(task: str) -> None:
    assert parsed(metrics.told(with_shared_states=False).decode()).has("pk_jobs_total", task=task, state="failure")
