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


def retention(document: Mapping[str, Any]) -> Retention:
    """Raises InvalidConfig, naming the value."""
    return Retention(
        photo=timedelta(hours=whole_number("retention.input_hours", document["input_hours"], 1, 24 * 365)),
        result=timedelta(days=whole_number("retention.result_days", document["result_days"], 1, 3650)),
    )
