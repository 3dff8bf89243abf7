"""One event alone is applied at once; of a burst, each is stored and left to the workers."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.billing.burst import Requests


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
