"""What points hands out of a user's data: every row of the ledger."""

from collections.abc import Iterator
from typing import Any

from apps.accounts import personal_data
from apps.points.models import PointTransaction

CHUNK = 500


def ledger(user_id: int) -> Iterator[dict[str, Any]]:
    for row in PointTransaction.objects.filter(user_id=user_id).order_by("sequence").iterator(CHUNK):
        yield {
            "id": str(row.id),
            "kind": row.kind,
            "title": row.title,
            "amount": row.amount,
            "purchased_amount": row.purchased_amount,
            "granted_amount": row.granted_amount,
            "balance_after": row.balance_after,
            "created_at": row.created_at,
        }


personal_data.register("ledger", ledger)
