"""Balances that the ledger does not explain: somebody wrote past it."""

from typing import TypedDict

from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django_stubs_ext import WithAnnotations

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
