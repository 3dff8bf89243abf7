"""How many points moved, for the dashboard."""

from dataclasses import dataclass

from django.db.models import Count, Sum

from apps.points.models import PointTransaction


@dataclass(frozen=True, slots=True)
class Moved:
    """`amount` is in points, below zero when they left."""

    kind: str
    rows: int
    amount: int


def moved(first_id: int, next_id: int) -> list[Moved]:
    """By kind, between two ids, of which the second is not counted: the key tells the time of a row."""
    rows = PointTransaction.objects.filter(id__gte=first_id, id__lt=next_id).order_by("kind")
    counted = rows.values_list("kind").annotate(Count("id"), Sum("amount"))
    return [Moved(*row) for row in counted]
