"""The first page of the back-office: the figures of the last days, and how it goes at this moment."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest

from apps.backoffice import charts, daily, pulse
from apps.backoffice.charts import Chart, Series
from apps.backoffice.figures import Figures, Row
from apps.emoji.models import OPEN, Status
from apps.points.entries import Kind

RANGES = (7, 30, 90)
USUAL_RANGE = 30

Days = dict[date, Figures | None]
Money = dict[tuple[str, str], dict[str, Any]]


def shown(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the reader may see of it."""
    days = daily.of_last(chosen_range(request))
    may = request.user.has_perm
    figures = {
        "tasks_chart": tasks_chart(days) if may("emoji.view_emojitask") else None,
        "points_chart": points_chart(days) if may("points.view_pointtransaction") else None,
        "revenue": revenue(days) if may("billing.view_order") else None,
    }
    uncounted = sum(figure is None for figure in days.values())
    choice = {"ranges": RANGES, "range": len(days), "uncounted": uncounted}
    return context | {"title": "Dashboard"} | choice | figures | _now(request)


def chosen_range(request: HttpRequest) -> int:
    """Days; a number that is not offered is not taken."""
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, RANGES) else USUAL_RANGE


def tasks_chart(days: Days) -> Chart:
    by_status = [None if figure is None else figure.tasks for figure in days.values()]

    def of(*statuses: str) -> list[int | None]:
        return [None if row is None else sum(row.get(status, 0) for status in statuses) for row in by_status]

    series = [
        Series("succeeded", "s0", of(Status.SUCCEEDED)),
        Series("failed", "s1", of(Status.FAILED)),
        Series("canceled", "s2", of(Status.CANCELED)),
        Series("open", "s3", of(*OPEN)),
    ]
    return charts.stacked("Emoji by the day they were ordered", list(days), series)


def points_chart(days: Days) -> Chart:
    """Spent less what was given back for failures: what emoji have earned."""

    def of(*kinds: str, sign: int = 1) -> list[int | None]:
        return [None if figure is None else sign * _points(figure, kinds) for figure in days.values()]

    series = [
        Series("sold", "s0", of(Kind.PURCHASE)),
        Series("spent", "s4", of(Kind.SPEND, sign=-1)),
        Series("refunded", "s1", of(Kind.REFUND)),
    ]
    return charts.side_by_side("Points", list(days), series)


def revenue(days: Days) -> list[dict[str, Any]]:
    """By product and environment, with prices by currency; the largest number of orders first."""
    figures = [figure for figure in days.values() if figure]
    products: Money = {}
    _add(products, (row for figure in figures for row in figure.sales), "orders", "sold")
    _add(products, (row for figure in figures for row in figure.refunds), "refunds", "returned")
    return sorted(products.values(), key=lambda row: -row["orders"])


def _add(products: Money, rows: Iterable[Row], counted: str, priced: str) -> None:
    for row in rows:
        key = row["product_id"], row["environment"]
        blank = {"product": key[0], "environment": key[1], "orders": 0, "refunds": 0, "sold": {}, "returned": {}}
        product = products.setdefault(key, blank)
        product[counted] += row["orders"]
        currency = row["currency"] or "no price"
        product[priced][currency] = product[priced].get(currency, Decimal(0)) + Decimal(row["price"])


def _points(figure: Figures, kinds: Sequence[str]) -> int:
    return sum(figure.points.get(kind, (0, 0))[1] for kind in kinds)


def _now(request: HttpRequest) -> dict[str, Any]:
    """The tiles; each for those who may open the table behind it."""
    tiles = {
        "queue": ("emoji.view_emojitask", pulse.queue),
        "reports": ("emoji.view_taskreport", pulse.open_reports),
        "accounts": ("emoji.view_providerhealth", pulse.accounts),
        "spending": ("emoji.view_providerhealth", pulse.spent_today),
        "vips": ("accounts.view_user", pulse.vips),
        "trouble": ("billing.view_revenuecatevent", pulse.events_in_trouble),
        "proof": ("core.view_invariantrun", pulse.last_proof),
    }
    return {name: read() if request.user.has_perm(permission) else None for name, (permission, read) in tiles.items()}
