"""Whether emoji can be made is asked of those who know."""

from collections.abc import Callable, Iterator

import pytest

from apps.remoteconfig import availability
from apps.remoteconfig.availability import AVAILABLE, Availability

PAUSED = Availability(False, "paused")


@pytest.fixture(autouse=True)
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(availability, "_asked", [])


@pytest.fixture
def known() -> Iterator[Callable[[Callable[[], Availability]], None]]:
    """Registers for one test."""
    registered = []

    def register(function: Callable[[], Availability]) -> None:
        registered.append(availability.register(function))

    yield register
    for function in registered:
        availability.forget(function)


def fails() -> Availability:
    raise OSError("the database is away")


def test_with_nobody_to_ask_they_can_be_made() -> None:
    assert availability.generation() == AVAILABLE


def test_one_who_says_no_is_enough(known: Callable[[Callable[[], Availability]], None]) -> None:
    known(lambda: AVAILABLE)
    known(lambda: PAUSED)
    assert availability.generation() == PAUSED


def test_one_who_fails_makes_nobody_fail(known: Callable[[Callable[[], Availability]], None]) -> None:
    known(fails)
    assert availability.generation() == Availability(False, "temporarily_unavailable")
