"""Granted points whose time is over leave the balance; bought points have no lot and never do."""

from datetime import UTC, datetime

from django.db import IntegrityError
from django.db.models import Q
from structlog import get_logger

from apps.points import ledger
from apps.points.models import GrantLot

BATCH = 1000
# A lot's end and its id, by which the lots are walked through.
Place = tuple[datetime, int]
BEFORE_ALL: Place = (datetime.min.replace(tzinfo=UTC), 0)

log = get_logger(__name__)


def expire_due(now: datetime) -> int:
    """Points that expired. One short transaction a lot; harmless when it is stopped or runs twice."""
    expired, last = 0, BEFORE_ALL
    while lots := _due_after(last, now):
        expired += sum(_expired(lot_id, now) for _, lot_id in lots)
        last = lots[-1]
    log.info("granted points expired", points=expired)
    return expired


def _expired(lot_id: int, now: datetime) -> int:
    """Points. Of a balance that has drifted PostgreSQL lets none go before its repair; nobody else waits for that."""
    try:
        row = ledger.expire(lot_id, now)
    except IntegrityError as error:
        log.error("granted points could not expire", lot=str(lot_id), error=str(error))
        return 0
    return -row.amount if row else 0


def _due_after(last: Place, now: datetime) -> list[Place]:
    end, lot_id = last
    due = GrantLot.objects.filter(Q(expires_at__gt=end) | Q(expires_at=end, id__gt=lot_id), remaining__gt=0)
    in_turn = due.filter(expires_at__gte=end, expires_at__lte=now).order_by("expires_at", "id")
    return list(in_turn.values_list("expires_at", "id")[:BATCH])
