"""One event alone is applied at once; of a burst, each is stored and left to the workers."""

from typing import Any

import pytest

from apps.billing.burst import Requests


@pytest.fixture(autouse=True)
def half_a_second(settings: Any) -> None:
    settings.BILLING_BURST_SECONDS = 0.5


def test_the_first_one_is_alone_and_comes_quietly() -> None:
    requests = Requests()
    with requests.one_more() as is_quiet:
        assert (is_quiet, requests.is_alone) == (True, True)


def test_one_beside_another_is_not_alone() -> None:
    requests = Requests()
    with requests.one_more():
        with requests.one_more() as is_quiet:
            assert (is_quiet, requests.is_alone) == (False, False)
        assert requests.is_alone


def test_one_that_comes_soon_after_another_does_not_come_quietly() -> None:
    moments = [0, 0.4, 0.8, 1.4]
    requests = Requests(clock=iter(moments).__next__)
    told = []
    for _ in moments:
        with requests.one_more() as is_quiet:
            told.append(is_quiet)
    assert told == [True, False, False, True]
