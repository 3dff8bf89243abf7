"""The workers are told of events that wait, once for all that come in a second."""

from collections.abc import Callable
from typing import Any

import pytest
from kombu.exceptions import OperationalError

from apps.billing import tasks
from apps.billing.bell import Bell


def clock(*moments: float) -> Callable[[], float]:
    return iter(moments).__next__


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.process_waiting_events, "apply_async", lambda **how: calls.append(how))
    return calls


def test_it_is_rung_once_a_second_for_all_that_come_in_it(rung: list[dict[str, Any]]) -> None:
    bell = Bell(clock(0, 0.1, 0.9, 1.0))
    assert [bell.ring() for _ in range(4)] == [True, False, False, True]
    assert [how["countdown"] for how in rung] == [Bell.SECONDS, Bell.SECONDS]


def test_a_broker_that_is_away_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def away(**_: Any) -> None:
        asked.append(1)
        raise OperationalError

    monkeypatch.setattr(tasks.process_waiting_events, "apply_async", away)
    bell = Bell(clock(0, 2, 20, 32.1, 33))
    assert [bell.ring() for _ in range(3)] == [False] * 3
    assert len(asked) == 2
