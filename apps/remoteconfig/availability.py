"""Whether emoji are being made at present. The app that makes them says so; the configuration tells it to phones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """`reason` is a code. `until` is when to ask again; whether it is over then, nobody knows."""

    reason: str
    until: datetime


_sources: list[Callable[[], Pause | None]] = []


def tell_by(source: Callable[[], Pause | None]) -> None:
    """From an app above this one; it is asked each time."""
    _sources.append(source)


def generation_pause() -> Pause | None:
    """The first that is told; None while emoji are made."""
    return next((pause for source in _sources if (pause := source())), None)
