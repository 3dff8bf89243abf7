"""Balances from which the ledger does not go on: somebody wrote past it, and the database refuses what moves them."""

from collections.abc import Sequence

from django.db.models import BigIntegerField, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from apps.points.models import PointTransaction, UserPoints


def among(users: Sequence[int]) -> set[int]:
    """Those of these users whose balance is not what their last row left."""
    of_last_row = UserPoints.objects.filter(user_id__in=users).annotate(
        row_sequence=_of_last_row("sequence"), row_balance=_of_last_row("balance_after")
    )
    drifted = of_last_row.filter(~Q(last_sequence=F("row_sequence")) | ~Q(balance=F("row_balance")))
    return set(drifted.values_list("user_id", flat=True))


def _of_last_row(column: str) -> Coalesce:
    rows = PointTransaction.objects.filter(user_id=OuterRef("user_id")).order_by("-sequence")
    return Coalesce(Subquery(rows.values(column)[:1], output_field=BigIntegerField()), 0)
