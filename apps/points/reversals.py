"""Taking back: a spend is refunded, a bought credit is clawed back when its store refunds it, and given again."""

from django.db import transaction

from apps.points import entries
from apps.points.entries import Change, Kind, Parts
from apps.points.models import Clawback, PointTransaction, UserPoints


@transaction.atomic
def refund(spend: PointTransaction, *, title: str) -> tuple[PointTransaction, bool]:
    """Give a spend back whole, once, to the buckets it came from; again, it gives the row and False."""
    points = entries.locked(spend.user_id)
    change = Change(
        spend.user_id,
        Kind.REFUND,
        f"refund:{spend.id}",
        title,
        purchased=-spend.purchased_amount,
        granted=-spend.granted_amount,
        related_id=spend.id,
    )
    if earlier := entries.earlier(change):
        return earlier, False
    return entries.apply(points, change), True


def refund_spend(spend_id: int, *, title: str) -> PointTransaction:
    return refund(PointTransaction.objects.get(id=spend_id, kind=Kind.SPEND), title=title)[0]


@transaction.atomic
def claw_back(credit_row: PointTransaction, *, title: str) -> Clawback:
    """Take back what a credit gave, at most what is left, bought points first, with what was missing noted.

    Once, until it is reversed.
    """
    points = entries.locked(credit_row.user_id)
    if earlier := Clawback.objects.filter(credit=credit_row, is_reversed=False).first():
        return earlier
    taken = min(credit_row.amount, points.balance)
    clawback = Clawback.objects.create(credit=credit_row, taken=taken, shortfall=credit_row.amount - taken)
    if taken:
        purchased = min(taken, points.purchased)
        parts = Parts(purchased=-purchased, granted=purchased - taken)
        _move(points, Kind.CLAWBACK, clawback, title, parts)
    return clawback


@transaction.atomic
def reverse_clawback(credit_row: PointTransaction, *, title: str) -> bool:
    """The store changed its mind: give back, as bought points, what was taken. False when nothing is taken back."""
    points = entries.locked(credit_row.user_id)
    clawback = Clawback.objects.filter(credit=credit_row, is_reversed=False).first()
    if clawback is None:
        return False
    clawback.is_reversed = True
    clawback.save(update_fields=["is_reversed", "updated_at"])
    if clawback.taken:
        _move(points, Kind.CLAWBACK_REVERSAL, clawback, title, Parts(purchased=clawback.taken, granted=0))
    return True


def _move(points: UserPoints, kind: Kind, clawback: Clawback, title: str, parts: Parts) -> None:
    reference = f"{kind}:{clawback.id}"
    entries.apply(points, Change(points.user_id, kind, reference, title, related_id=clawback.credit_id, **parts))
