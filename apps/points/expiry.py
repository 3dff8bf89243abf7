"""Granted points whose time is over leave the balance; bought points have no lot and never do."""

from datetime import datetime

from structlog import get_logger

from apps.points import ledger
from apps.points.models import GrantLot

BATCH = 1000

log = get_logger(__name__)


def expire_due(now: datetime) -> int:
    """Points that expired. One short transaction a lot; harmless when it is stopped or runs twice."""
    expired = 0
    while lot_ids := _due(now):
        for lot_id in lot_ids:
            row = ledger.expire(lot_id, now)
            expired -= row.amount if row else 0
    log.info("granted points expired", points=expired)
    return expired


def _due(now: datetime) -> list[int]:
    due = GrantLot.objects.filter(remaining__gt=0, expires_at__lte=now).order_by("expires_at")
    return list(due.values_list("id", flat=True)[:BATCH])
