"""A task on its way, and the sweeper that brings it on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.core.snowflake import next_id
from apps.emoji import backends, pipeline
from apps.emoji.models import EmojiTask, EmojiTemplate, PhotoUpload

LONG_AGO = timezone.now() - timedelta(hours=1)


@pytest.fixture
def task(user: User, template: EmojiTemplate, portrait: bytes) -> EmojiTask:
    """Queued, with its photo in the store."""
    upload = PhotoUpload.objects.create(
        user=user,
        key="photos/1/1.jpg",
        content_type="image/jpeg",
        content_length=len(portrait),
        expires_at=timezone.now(),
    )
    backends.photo_store().write(upload.key, portrait, content_type="image/jpeg")
    return EmojiTask.objects.create(
        user=user,
        template=template,
        upload=upload,
        cost=200,
        spend_transaction_id=next_id(),
        next_step_at=timezone.now(),
    )


def advance(task: EmojiTask, times: int = 1) -> EmojiTask:
    """As the sweeper does when the time of the next step has come."""
    for _ in range(times):
        EmojiTask.objects.filter(id=task.id).update(next_step_at=LONG_AGO)
        pipeline.advance(task.id)
    task.refresh_from_db()
    return task
