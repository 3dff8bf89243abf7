"""The sweeper that brings a task on."""

from datetime import timedelta

from django.utils import timezone

from apps.emoji import pipeline
from apps.emoji.models import EmojiTask

LONG_AGO = timezone.now() - timedelta(hours=1)


def advance(task: EmojiTask, times: int = 1) -> EmojiTask:
    """As the sweeper does when the time of the next step has come."""
    for _ in range(times):
        EmojiTask.objects.filter(id=task.id).update(next_step_at=LONG_AGO)
        pipeline.advance(task.id)
    task.refresh_from_db()
    return task
