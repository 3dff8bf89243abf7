"""Can emoji be made just now? Whoever knows registers a function; with none, they can."""

from collections.abc import Callable
from dataclasses import dataclass

from structlog import get_logger

log = get_logger(__name__)


@dataclass(frozen=True)
class Availability:
    """`reason` is a code for the app, None while available."""

    available: bool = True
    reason: str | None = None


AVAILABLE = Availability()
UNKNOWN = Availability(False, "temporarily_unavailable")

_asked: list[Callable[[], Availability]] = []


def register(function: Callable[[], Availability]) -> Callable[[], Availability]:
    """Also as a decorator. The function is asked for each /config, so it must be quick. It may raise: then nobody
    knows, and the app is told that no emoji can be made."""
    _asked.append(function)
    return function


def forget(function: Callable[[], Availability]) -> None:
    """Takes back a `register`."""
    _asked.remove(function)


def generation() -> Availability:
    """The first answer that says no."""
    return next((answer for answer in map(_answer, _asked) if not answer.available), AVAILABLE)


def _answer(function: Callable[[], Availability]) -> Availability:
    try:
        return function()
    except Exception as error:
        log.warning("nobody knows whether emoji can be made", error=str(error))
        return UNKNOWN
