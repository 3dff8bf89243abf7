"""A bucket lets in what it holds, whoever asks at the same moment, and fills up again."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from apps.core import rate_limit
from apps.core.rate_limit import Limit, LocalBuckets, Standing, limits

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(params=["redis", "this process"])
def name(request: pytest.FixtureRequest, settings: Any) -> str:
    """A bucket of one's own, in Redis and without it."""
    if request.param != "redis":
        settings.REDIS_URL = NOWHERE
    return f"test:{uuid4()}"


def take(*buckets: tuple[str, Limit]) -> Standing:
    standing = rate_limit.take(buckets, strict=True)
    assert standing
    return standing


def test_limits_are_read_as_they_are_written() -> None:
    assert limits("10/min+100/hour") == [Limit(10, 60), Limit(100, 3600)]
    assert limits("1/day") == [Limit(1, 86_400)]


@pytest.mark.parametrize("text", ["", "10", "x/min", "0/min", "-1/min", "10/year", "10/min+"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a rate limit is like"):
        limits(text)


def test_a_bucket_holds_so_many_and_tells_how_many_are_left(name: str) -> None:
    with time_machine.travel(NOON, tick=False):
        standings = [take((name, Limit(3, 60))) for _ in range(5)]
    assert [(standing.remaining, standing.wait_seconds) for standing in standings] == [
        (2, 0),
        (1, 0),
        (0, 0),
        (0, 20),
        (0, 20),
    ]
    assert [standing.reset_seconds for standing in standings[:3]] == [20, 40, 60]


def test_after_the_wait_that_was_told_there_is_room_for_one(name: str) -> None:
    with time_machine.travel(NOON, tick=False):
        for _ in range(3):
            take((name, Limit(3, 60)))
        wait = take((name, Limit(3, 60))).wait_seconds
    with time_machine.travel(NOON + timedelta(seconds=wait), tick=False):
        assert take((name, Limit(3, 60))).wait_seconds == 0
        assert take((name, Limit(3, 60))).wait_seconds == 20


def test_who_is_refused_by_one_bucket_takes_nothing_from_the_others(name: str) -> None:
    with time_machine.travel(NOON, tick=False):
        both = ((f"{name}:narrow", Limit(1, 60)), (f"{name}:wide", Limit(10, 3600)))
        assert take(*both).wait_seconds == 0
        refused = take(*both)
        assert (refused.limit, refused.wait_seconds) == (Limit(1, 60), 60)
        assert take(both[1]).remaining == 8


def test_a_clock_that_was_ahead_locks_nobody_out_for_longer_than_the_window(name: str) -> None:
    with time_machine.travel(NOON + timedelta(days=30), tick=False):
        take((name, Limit(1, 60)))
    with time_machine.travel(NOON, tick=False):
        assert take((name, Limit(1, 60))).wait_seconds <= 60


def test_of_many_at_once_exactly_as_many_are_let_in(name: str) -> None:
    waits: list[int] = []
    start = threading.Barrier(20)

    def ask() -> None:
        start.wait()
        waits.append(take((name, Limit(5, 86_400))).wait_seconds)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    # Else the last one, a millisecond early by its clock, is told to wait for that.
    with time_machine.travel(NOON, tick=False):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert Counter(wait > 0 for wait in waits) == {True: 15, False: 5}


def test_without_redis_only_what_is_strict_is_limited(settings: Any) -> None:
    settings.REDIS_URL = NOWHERE
    assert rate_limit.take([(f"test:{uuid4()}", Limit(1, 60))], strict=False) is None


def test_this_process_does_not_remember_without_an_end() -> None:
    buckets = LocalBuckets()
    for number in range(rate_limit.MOST_LOCAL_BUCKETS + 10):
        buckets.take([(str(number), Limit(1, 60))], 0)
    assert len(buckets.full_at) == rate_limit.MOST_LOCAL_BUCKETS
