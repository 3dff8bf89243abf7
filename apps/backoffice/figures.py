"""What one day's rows add up to. The key of a row tells its time, so only that day's rows are read."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from apps.billing.models import Order
from apps.core import snowflake
from apps.emoji.models import EmojiTask
from apps.points import figures

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """`tasks`: ordered that day, by status. `points`: kind to [rows, points].

    `sales`: payments by the day we learned of them; what is refunded later stays a sale of its day, and is one of the
    `refunds` of another. Both are counted by product, environment and currency, with the sum of their prices.
    """

    tasks: dict[str, int] = field(default_factory=dict)
    points: dict[str, list[int]] = field(default_factory=dict)
    sales: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)


def day_of(row_id: int) -> date:
    """The one whose figures count the row of this key."""
    return datetime.fromtimestamp(snowflake.time_ms(row_id) // 1000, UTC).date()


def of_day(day: date) -> Figures:
    midnight = datetime.combine(day, time(), UTC)
    since, until = midnight, midnight + timedelta(days=1)
    first, after = snowflake.first_id(since), snowflake.first_id(until)
    tasks = EmojiTask.objects.filter(id__gte=first, id__lt=after).order_by("status")
    return Figures(
        tasks=dict(tasks.values_list("status").annotate(Count("id"))),
        points={moved.kind: [moved.rows, moved.amount] for moved in figures.moved(first, after)},
        sales=_counted(Order.objects.filter(id__gte=first, id__lt=after)),
        refunds=_counted(Order.objects.filter(refunded_at__gte=since, refunded_at__lt=until)),
    )


def _counted(orders: QuerySet[Order]) -> list[Row]:
    rows = orders.order_by("product_id", "environment", "currency").values("product_id", "environment", "currency")
    counted = rows.annotate(orders=Count("id"), price=Sum("price"))
    return [{**row, "price": str(row["price"] or Decimal(0))} for row in counted]
