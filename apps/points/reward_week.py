"""Which week a reward belongs to: the ISO week of the Sunday 00:00 UTC at which it was due, as in 2026-W48."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

SUNDAY = 7
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RewardWeek:
    due_at: datetime

    @property
    def label(self) -> str:
        year, week, _ = self.due_at.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def next(self) -> "RewardWeek":
        return RewardWeek(self.due_at + WEEK)


def due(now: datetime) -> RewardWeek:
    """The week whose reward was due last. A week is caught up with while it lasts; later, only staff can grant it."""
    today = now.astimezone(UTC).date()
    return _of_sunday(today - timedelta(days=today.isoweekday() % SUNDAY))


def named(label: str) -> RewardWeek:
    """Raises ValueError when there is no such week."""
    year, separator, week = label.partition("-W")
    if not separator or len(label) != len("2026-W48"):
        raise ValueError(f"a week is named like 2026-W48, not {label!r}")
    return _of_sunday(date.fromisocalendar(int(year), int(week), SUNDAY))


def _of_sunday(sunday: date) -> RewardWeek:
    return RewardWeek(datetime.combine(sunday, time(), UTC))
