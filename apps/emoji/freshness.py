"""How long an answer about a task is good: the ETag that says so, and waiting for the next answer."""

import time
from datetime import datetime, timedelta
from functools import cache
from threading import BoundedSemaphore

from django.conf import settings
from django.db import connection

from apps.core import languages
from apps.core.conditional import weak_etag
from apps.emoji import retention
from apps.emoji.models import OPEN, EmojiTask

LINK_LIFETIME = timedelta(hours=1)
LONGEST_WAIT_SECONDS = 25
LOOK_EVERY_SECONDS = 0.7


def etag(task: EmojiTask, now: datetime) -> str:
    """Another one whenever the task shows something else, or the same in another language, and at half of its links'
    life: who is told that nothing has changed has links that are good for as long again."""
    link_period = int(now.timestamp() // (LINK_LIFETIME.total_seconds() / 2))
    photo_free_since = int(task.photo_free_since.timestamp()) if task.photo_free_since else 0
    shown = (retention.result_state(task, now), photo_free_since, languages.current())
    return weak_etag(task.version, link_period, *shown)


def wait_for_change(task: EmojiTask, seconds: float) -> None:
    """Return when the task is another version, or ended, or the time is over; at once when no seat is free.

    A seat is a thread of the web process that waits and does nothing else; there are fewer of them than threads. Who
    waits holds no database connection: PostgreSQL has fewer of those than there are phones.
    """
    if task.status not in OPEN or not _seats().acquire(blocking=False):
        return
    try:
        _watch(task, time.monotonic() + seconds)
    finally:
        _seats().release()


@cache
def _seats() -> BoundedSemaphore:
    return BoundedSemaphore(settings.LONG_POLL_SEATS)


def _watch(task: EmojiTask, until: float) -> None:
    while (left := until - time.monotonic()) > 0:
        connection.close()
        time.sleep(min(left, LOOK_EVERY_SECONDS))
        if not EmojiTask.objects.filter(id=task.id, version=task.version).exists():
            return
