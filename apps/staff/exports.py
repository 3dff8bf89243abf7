"""Lists as CSV: which, with which columns, row after row without holding them; begun and ended in the audit log."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from apps.staff import audit, csv_text

PERMISSION = "staff.export_lists"
CHUNK = 2_000
MOST_ROWS = 500_000

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "accounts.user": (
        *("id", "created_at", "nickname", "locale", "timezone", "billing_user_id"),
        *("vip_expires_at", "vip_is_lifetime", "is_tester", "is_active", "deletion_due_at"),
    ),
    "points.pointtransaction": (
        *("id", "created_at", "user_id", "kind", "amount", "purchased_amount", "granted_amount"),
        *("balance_after", "reference", "title", "staff_id", "reason"),
    ),
    "emoji.emojitask": (
        *("id", "created_at", "user_id", "template__driven_id", "status", "stage", "cost", "error_code"),
        *("provider_account", "started_at", "completed_at", "refund_transaction_id"),
    ),
    "billing.order": (
        *("id", "purchased_at", "user_id", "kind", "status", "store", "environment", "transaction_id", "product_id"),
        *("quantity", "price", "currency", "points_granted", "points_taken_back", "refunded_at"),
    ),
}


def columns_of(model: Any) -> tuple[str, ...]:
    """None of a list that is not exported."""
    return COLUMNS.get(model._meta.label_lower, ())


def answer(
    request: HttpRequest, rows: QuerySet[Any], reason: str, *, asked: Mapping[str, Any]
) -> StreamingHttpResponse:
    """As an attachment. What was asked for is written down before the first row leaves."""
    model = rows.model
    audit.record(request, "export.begun", None, reason=reason, after={"list": model._meta.label_lower, **asked})
    name = f"{model._meta.model_name}-{timezone.now():%Y%m%d-%H%M%S}.csv"
    return StreamingHttpResponse(
        _told(request, rows, reason),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )


def lines(rows: QuerySet[Any]) -> Iterator[tuple[int, str]]:
    """How many rows there were so far, and text: first the names of the columns, then a chunk of rows each time."""
    columns = columns_of(rows.model)
    yield 0, csv_text.BYTE_ORDER_MARK + csv_text.line(columns)
    number = 0
    for chunk in islice(_chunks(rows, columns), MOST_ROWS // CHUNK):
        number += len(chunk)
        yield number, "".join(csv_text.line(row) for row in chunk)


def _chunks(rows: QuerySet[Any], columns: tuple[str, ...]) -> Iterator[list[Any]]:
    """By key, oldest first: each chunk is a short query of its own, and no row is read twice. The key comes first."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk").values_list(*columns)[:CHUNK]):
        last = chunk[-1][0]
        yield chunk


def _told(request: HttpRequest, rows: QuerySet[Any], reason: str) -> Iterator[str]:
    number = 0
    try:
        for number, text in lines(rows):  # noqa: B007 - of the last chunk
            yield text
    finally:
        told = {"list": rows.model._meta.label_lower, "rows": number}
        audit.record(request, "export.ended", None, reason=reason, after=told)
