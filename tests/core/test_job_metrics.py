"""Jobs are counted by how they end; an alert sees the first that fails, and its end the first that goes well."""

import pytest
from django.conf import settings

from tests.scrape import counts

SCHEDULED = sorted({str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()})


@pytest.mark.parametrize("task", SCHEDULED)
@pytest.mark.parametrize("state", ["failure", "success"])
def test_both_ends_of_a_scheduled_job_are_told_before_there_is_one(task: str, state: str) -> None:
    assert counts().has("pk_jobs_total", task=task, state=state)
