"""How many emoji one user may have made, how often an app asks about one, how long photos and clips are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from apps.remoteconfig.document import Values


@dataclass(frozen=True, slots=True)
class Retention:
    """`photo` counts from the end of the last task that used it, `result` from the end of its task."""

    photo: timedelta
    result: timedelta


@dataclass(frozen=True, slots=True)
class TaskLimits:
    """Of one user: emoji in the making, and emoji ordered in a day."""

    active: int
    daily: int


@dataclass(frozen=True, slots=True)
class Polling:
    """Between one look of an app at a task and the next; `max_ms` is no less than `min_ms`."""

    min_ms: int
    max_ms: int

    def within(self, milliseconds: int) -> int:
        return max(self.min_ms, min(milliseconds, self.max_ms))


def task_limits(values: Values) -> Mapping[str, TaskLimits]:
    """Of `free` users and of `vip` ones."""
    return {
        who: TaskLimits(values[f"task_limits.{who}.active"], values[f"task_limits.{who}.daily"])
        for who in ("free", "vip")
    }


def polling(values: Values) -> Polling:
    least = values["polling.min_ms"]
    return Polling(least, max(least, values["polling.max_ms"]))


def retention(values: Values) -> Retention:
    return Retention(
        photo=timedelta(hours=values["retention.input_hours"]), result=timedelta(days=values["retention.result_days"])
    )
