"""Can this process do its work? Each app registers what it stands on, as it does its system checks.

Only what makes this one process useless is vital. What all processes share may fail without taking every one of them
out of the balancer at once: they go on with less, and say so.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from structlog import get_logger

log = get_logger(__name__)


class Status(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    FAIL = "fail"


@dataclass
class Check:
    """`looks_well` takes two seconds at most; it may raise. Its answer is kept for `remembered_seconds`."""

    name: str
    looks_well: Callable[[], bool]
    is_vital: bool = False
    remembered_seconds: float = 0.0
    _answer: bool = field(default=False, init=False)
    _good_until: float = field(default=0.0, init=False)

    def is_well(self) -> bool:
        if time.monotonic() >= self._good_until:
            self._answer = self._look()
            self._good_until = time.monotonic() + self.remembered_seconds
        return self._answer

    def forget(self) -> None:
        self._good_until = 0.0

    def _look(self) -> bool:
        try:
            return self.looks_well()
        except Exception as error:
            log.warning("a health check failed", check=self.name, error=f"{type(error).__name__}: {error}")
            return False


@dataclass(frozen=True, slots=True)
class Health:
    status: Status
    checks: dict[str, Status]


_checks: dict[str, Check] = {}


def register(*checks: Check) -> None:
    _checks.update({check.name: check for check in checks})


def forget() -> None:
    """What was remembered; for tests."""
    for check in _checks.values():
        check.forget()


def examine() -> Health:
    """Vital checks first; when one fails nothing else is asked, for the rest may wait for the same server."""
    answers: dict[str, Status] = {}
    for check in sorted(_checks.values(), key=lambda one: not one.is_vital):
        answers[check.name] = Status.OK if check.is_well() else Status.FAIL
        if check.is_vital and answers[check.name] == Status.FAIL:
            return Health(Status.FAIL, answers)
    well = all(answer == Status.OK for answer in answers.values())
    return Health(Status.OK if well else Status.DEGRADED, answers)
