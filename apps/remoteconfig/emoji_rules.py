"""How many emoji one user may have made, and how long photos and clips are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from apps.remoteconfig.bounds import whole_number


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


def task_limits(document: Mapping[str, Any]) -> Mapping[str, TaskLimits]:
    """Of `free` users and of `vip` ones. Raises InvalidConfig, naming the value."""
    return {who: _limits(f"task_limits.{who}", document[who]) for who in ("free", "vip")}


def _limits(name: str, document: Mapping[str, Any]) -> TaskLimits:
    return TaskLimits(
        active=whole_number(f"{name}.active", document["active"], 1, 10_000),
        daily=whole_number(f"{name}.daily", document["daily"], 1, 1_000_000),
    )


def retention(document: Mapping[str, Any]) -> Retention:
    """Raises InvalidConfig, naming the value."""
    return Retention(
        photo=timedelta(hours=whole_number("retention.input_hours", document["input_hours"], 1, 24 * 365)),
        result=timedelta(days=whole_number("retention.result_days", document["result_days"], 1, 3650)),
    )
