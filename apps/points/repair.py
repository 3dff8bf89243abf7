"""Balances that the ledger does not explain: somebody wrote past it."""

from typing import TypedDict

from django.db import transaction
from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django_stubs_ext import WithAnnotations

from apps.points import entries, titles
from apps.points.entries import Bucket, Change, Kind
from apps.points.models import PointTransaction, UserPoints

MOST_AT_ONCE = 10_000


class Sums(TypedDict):
    """What the ledger says, in points."""

    ledger_purchased: int
    ledger_granted: int


def drifted_users() -> list[int]:
    drifted = _with_sums().filter(~Q(purchased=F("ledger_purchased")) | ~Q(granted=F("ledger_granted")))
    return list(drifted.order_by("user_id").values_list("user_id", flat=True)[:MOST_AT_ONCE])


def described(user_id: int) -> str:
    points = _with_sums().get(user_id=user_id)
    lacking = {
        "purchased": points.purchased - points.ledger_purchased,
        "granted": points.granted - points.ledger_granted,
    }
    return ", ".join(f"the ledger lacks {amount:+} {bucket}" for bucket, amount in lacking.items() if amount)


def _with_sums() -> "QuerySet[WithAnnotations[UserPoints, Sums]]":
    return UserPoints.objects.annotate(
        ledger_purchased=_ledgers_sum("purchased_amount"), ledger_granted=_ledgers_sum("granted_amount")
    )


def _ledgers_sum(column: str) -> Coalesce:
    of_user = PointTransaction.objects.filter(user_id=OuterRef("user_id")).order_by().values("user_id")
    total = of_user.annotate(total=Sum(column)).values("total")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), 0)


@transaction.atomic
def explain_drift(user_id: int, *, staff_id: int, reason: str) -> list[PointTransaction]:
    """Append what the ledger lacks to add up to the balance row; the balance itself stays as it is."""
    points = entries.locked(user_id)
    sums = PointTransaction.objects.filter(user_id=user_id).aggregate(
        purchased=Coalesce(Sum("purchased_amount"), 0), granted=Coalesce(Sum("granted_amount"), 0)
    )
    lacking = {bucket: getattr(points, bucket) - sums[bucket] for bucket in Bucket}
    # What is added comes first, so that no row between leaves less than nothing.
    moves = sorted(((amount, bucket) for bucket, amount in lacking.items() if amount), reverse=True)
    rows, balance = [], sums["purchased"] + sums["granted"]
    for amount, bucket in moves:
        reference = f"repair:{user_id}:{points.last_sequence + 1}"
        parts = entries.in_bucket(bucket, amount)
        change = Change(user_id, Kind.ADJUSTMENT, reference, titles.ADJUSTED, staff_id=staff_id, reason=reason, **parts)
        balance += amount
        points.last_sequence += 1
        rows.append(entries.append(change, points.last_sequence, balance))
    UserPoints.objects.filter(id=points.id).update(last_sequence=points.last_sequence)
    return rows
