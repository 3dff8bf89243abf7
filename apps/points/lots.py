"""Credits that expire: what is left of each. Called by the ledger while it holds the user's balance row."""

from datetime import datetime

from apps.points.models import GrantLot, PointTransaction


def open_lot(credit: PointTransaction, expires_at: datetime) -> None:
    GrantLot.objects.create(user_id=credit.user_id, credit=credit, remaining=credit.amount, expires_at=expires_at)


def consume(user_id: int, amount: int) -> None:
    """Granted points were spent: of the lots that end soonest first, then of points without an end."""
    left = amount
    for lot in GrantLot.objects.filter(user_id=user_id, remaining__gt=0).order_by("expires_at", "id").iterator():
        part = min(lot.remaining, left)
        GrantLot.objects.filter(id=lot.id).update(remaining=lot.remaining - part)
        left -= part
        if not left:
            return
