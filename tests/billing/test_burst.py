"""One event alone is applied at once; of a burst, each is stored and left to the workers, who are told of it."""

from collections.abc import Callable
from typing import Any

import pytest
from kombu.exceptions import OperationalError

from apps.billing import tasks
from apps.billing.burst import Bell, Requests


def clock(*moments: float) -> Callable[[], float]:
    return iter(moments).__next__


class TestRequests:
    @pytest.fixture(autouse=True)
    def half_a_second(self, settings: Any) -> None:
        settings.BILLING_BURST_SECONDS = 0.5

    def test_the_first_one_comes_by_itself(self) -> None:
        with Requests().one_more() as comes_by_itself:
            assert comes_by_itself

    def test_one_beside_another_does_not(self, settings: Any) -> None:
        settings.BILLING_BURST_SECONDS = 0
        requests = Requests()
        with requests.one_more() as first, requests.one_more() as second:
            assert (first, second) == (True, False)
        with requests.one_more() as third:
            assert third

    def test_one_that_comes_soon_after_another_does_not(self) -> None:
        requests = Requests(clock(0, 0.4, 0.8, 1.4))
        told = []
        for _ in range(4):
            with requests.one_more() as comes_by_itself:
                told.append(comes_by_itself)
        assert told == [True, False, False, True]


class TestBell:
    @pytest.fixture
    def rung(self, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = []
        monkeypatch.setattr(tasks.process_waiting_events, "apply_async", lambda **how: calls.append(how))
        return calls

    def test_it_is_rung_once_a_second_for_all_that_come_in_it(self, rung: list[dict[str, Any]]) -> None:
        bell = Bell(clock(0, 0.1, 0.9, 1.0))
        assert [bell.ring() for _ in range(4)] == [True, False, False, True]
        assert [how["countdown"] for how in rung] == [Bell.SECONDS, Bell.SECONDS]

    def test_a_broker_that_is_away_is_left_alone_for_a_while(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = []

        def away(**_: Any) -> None:
            asked.append(1)
            raise OperationalError

        monkeypatch.setattr(tasks.process_waiting_events, "apply_async", away)
        bell = Bell(clock(0, 2, 20, 32.1, 33))
        assert [bell.ring() for _ in range(3)] == [False] * 3
        assert len(asked) == 2
