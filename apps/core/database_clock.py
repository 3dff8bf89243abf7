"""What time it is by the one clock that all processes share."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from apps.core.postgres import direct

ASKED_EVERY_SECONDS = 60.0


def now() -> datetime:
    ((moment,),) = direct.run("SELECT statement_timestamp()", []).rows
    found: datetime = moment
    return found


def about_now() -> datetime:
    """As `now`, asked for once a minute by each process: in between time passes, whatever its clock is set to."""
    passed = time.monotonic() - _answer.came_at
    if _answer.moment is None or passed > ASKED_EVERY_SECONDS:
        _answer.moment, _answer.came_at, passed = now(), time.monotonic(), 0.0
    return _answer.moment + timedelta(seconds=passed)


def agreed_now() -> datetime:
    """By this clock and by ours: what cannot be undone is not done before its time because one of them is ahead."""
    return min(timezone.now(), now())


@dataclass(slots=True)
class _Answer:
    """Of the database, and when it came by time.monotonic."""

    moment: datetime | None = None
    came_at: float = 0.0


_answer = _Answer()
