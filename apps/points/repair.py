"""Balances that the ledger does not explain: somebody wrote past it."""

from typing import TypedDict

from django.db import transaction
from django.db.models import Aggregate, BigIntegerField, Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django_stubs_ext import WithAnnotations

from apps.points import entries, titles
from apps.points.entries import Bucket, Change, Kind
from apps.points.models import PointTransaction, UserPoints

MOST_AT_ONCE = 10_000


class Sums(TypedDict):
    """What the ledger says: points, and rows."""

    ledger_purchased: int
    ledger_granted: int
    ledger_rows: int


class RowsMissing(Exception):
    """The ledger has fewer rows of a user, or more, than their balance went through: no row explains that."""


def drifted_users() -> list[int]:
    drifted = _with_sums().filter(~Q(purchased=F("ledger_purchased")) | ~Q(granted=F("ledger_granted")))
    return list(drifted.order_by("user_id").values_list("user_id", flat=True)[:MOST_AT_ONCE])


def described(user_id: int) -> str:
    points = _with_sums().get(user_id=user_id)
    lacking = {
        "purchased": points.purchased - points.ledger_purchased,
        "granted": points.granted - points.ledger_granted,
    }
    told = [f"the ledger lacks {amount:+} {bucket}" for bucket, amount in lacking.items() if amount]
    if points.ledger_rows != points.last_sequence:
        told.append(f"and has {points.ledger_rows} of {points.last_sequence} rows")
    return ", ".join(told)


def _with_sums() -> "QuerySet[WithAnnotations[UserPoints, Sums]]":
    return UserPoints.objects.annotate(
        ledger_purchased=_of_ledger(Sum("purchased_amount")),
        ledger_granted=_of_ledger(Sum("granted_amount")),
        ledger_rows=_of_ledger(Count("id")),
    )


def _of_ledger(total: Aggregate) -> Coalesce:
    of_user = PointTransaction.objects.filter(user_id=OuterRef("user_id")).order_by().values("user_id")
    return Coalesce(Subquery(of_user.annotate(total=total).values("total"), output_field=BigIntegerField()), 0)


@transaction.atomic
def explain_drift(user_id: int, *, staff_id: int, reason: str) -> list[PointTransaction]:
    """Append what the ledger lacks to add up to the balance row; the balance itself stays as it is.

    Raises RowsMissing.
    """
    points = entries.locked(user_id)
    sums = PointTransaction.objects.filter(user_id=user_id).aggregate(
        purchased=Coalesce(Sum("purchased_amount"), 0), granted=Coalesce(Sum("granted_amount"), 0), rows=Count("id")
    )
    if sums["rows"] != points.last_sequence:
        raise RowsMissing
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
