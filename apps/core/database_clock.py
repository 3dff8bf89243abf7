"""What time it is by the one clock that all processes share."""

from datetime import datetime

from django.utils import timezone

from apps.core.postgres import direct


def now() -> datetime:
    ((moment,),) = direct.run("SELECT statement_timestamp()", []).rows
    found: datetime = moment
    return found


def agreed_now() -> datetime:
    """By this clock and by ours: what cannot be undone is not done before its time because one of them is ahead."""
    return min(timezone.now(), now())
