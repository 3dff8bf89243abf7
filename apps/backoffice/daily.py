"""The figures of many days: stored ones for those that are over, counted ones for today."""

from dataclasses import asdict
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from apps.backoffice import figures
from apps.backoffice.figures import Figures
from apps.backoffice.models import DailyFigures
from apps.emoji.models import OPEN

# The longest range of the dashboard.
MOST_DAYS = 90
# Tasks of yesterday may still be at work; later than that only staff change one.
SETTLED_AFTER = timedelta(days=2)
# How many days one run counts beyond those that are not settled.
MOST_AT_ONCE = 30


def of_last(days: int) -> dict[date, Figures | None]:
    """Oldest first, today last; None for a day that is not counted yet."""
    today = timezone.now().date()
    wanted = [today - timedelta(days=back) for back in reversed(range(min(days, MOST_DAYS)))]
    rows = DailyFigures.objects.filter(day__gte=wanted[0], day__lt=today)
    stored = {row.day: Figures(row.tasks, row.points, row.sales, row.refunds) for row in rows}
    return {day: stored.get(day) for day in wanted} | {today: figures.of_day(today)}


def count() -> int:
    """Store the figures of days that are over: missing, stale or not settled ones; how many days."""
    due = _due(timezone.now().date())
    for day in due:
        _store(day)
    return len(due)


def mark_stale(task_id: int) -> None:
    """Staff changed this task; its day may be over."""
    DailyFigures.objects.filter(day=figures.day_of(task_id)).update(is_stale=True)


def _due(today: date) -> list[date]:
    """Newest first."""
    past = [today - timedelta(days=back) for back in range(1, MOST_DAYS)]
    good = DailyFigures.objects.filter(day__gte=past[-1], is_stale=False, day__lt=today - SETTLED_AFTER)
    known = set(good.values_list("day", flat=True))
    return [day for day in past if day not in known][:MOST_AT_ONCE]


@transaction.atomic
def _store(day: date) -> None:
    """Stale from the beginning while one of its tasks is open: another number will be right when that has ended."""
    # Who marks it while we count waits for us, so that no mark is lost.
    DailyFigures.objects.select_for_update().filter(day=day).first()
    counted_at = timezone.now()
    counted = asdict(figures.of_day(day))
    is_open = not counted["tasks"].keys().isdisjoint(OPEN)
    DailyFigures.objects.update_or_create(day=day, defaults={**counted, "counted_at": counted_at, "is_stale": is_open})
