"""How each scheduled job ended last, for staff to see.

It stands in Redis, which may forget it: the next run tells it again. What must be noticed is an alert (job_metrics.py).
"""

from dataclasses import dataclass
from datetime import datetime

import redis
from django.conf import settings
from django.utils import timezone
from structlog import get_logger

from apps.core import redis_link
from apps.core.json_media import dumps, loads

ENDINGS = "core:job_endings"
PATIENCE_SECONDS = 0.5
SCHEDULED = frozenset(str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values())

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """`state` is Celery's word, in small letters."""

    state: str
    at: datetime


def note(task: str, state: str) -> None:
    """Of other tasks there are too many, and nobody would look for them here."""
    if task not in SCHEDULED:
        return
    try:
        _link().hset(ENDINGS, task, dumps({"state": state.lower(), "at": timezone.now()}))
    except redis.RedisError as error:
        log.warning("how a job ended could not be noted", job=task, error=type(error).__name__)


def last_of(task: str) -> Ending | None:
    """None where nothing is known of it."""
    try:
        told = _link().hget(ENDINGS, task)
    except redis.RedisError:
        return None
    found = loads(told) if told else None  # type: ignore[arg-type]  # the library's calls are typed for asyncio too
    return Ending(found["state"], datetime.fromisoformat(found["at"])) if found else None


def _link() -> redis.Redis:
    return redis_link.client(settings.REDIS_URL, PATIENCE_SECONDS)
