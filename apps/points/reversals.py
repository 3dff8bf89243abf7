"""Taking back: a spend is refunded, a bought credit is clawed back when its store refunds it, and given again."""

from django.db import transaction

from apps.points import entries
from apps.points.entries import Change, Kind, Parts
from apps.points.models import Clawback, PointTransaction


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
    """Take back what a credit gave, at most what is left, bought points first; once, with what was missing noted."""
    points = entries.locked(credit_row.user_id)
    if earlier := Clawback.objects.filter(credit=credit_row).first():
        return earlier
    taken = min(credit_row.amount, points.balance)
    if taken:
        purchased = min(taken, points.purchased)
        reference = f"clawback:{credit_row.id}"
        parts = Parts(purchased=-purchased, granted=purchased - taken)
        entries.apply(
            points, Change(points.user_id, Kind.CLAWBACK, reference, title, related_id=credit_row.id, **parts)
        )
    return Clawback.objects.create(credit=credit_row, taken=taken, shortfall=credit_row.amount - taken)


@transaction.atomic
def reverse_clawback(clawback: Clawback, *, title: str) -> bool:
    """The store changed its mind: give back, as bought points, what was taken. False when that has been done."""
    credit_row = clawback.credit
    points = entries.locked(credit_row.user_id)
    if not Clawback.objects.filter(id=clawback.id, is_reversed=False).update(is_reversed=True):
        return False
    if clawback.taken:
        reference = f"clawback_reversal:{credit_row.id}"
        change = Change(
            points.user_id,
            Kind.CLAWBACK_REVERSAL,
            reference,
            title,
            purchased=clawback.taken,
            related_id=credit_row.id,
        )
        entries.apply(points, change)
    return True
