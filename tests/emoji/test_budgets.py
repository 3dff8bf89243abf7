"""An account's calls are counted once for all processes, by Redis; without it each keeps to a small share."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from apps.emoji import budgets
from apps.emoji.budgets import Call
from tests.emoji.conftest import counted_since_long

# So slow that no test sees a window end.
SLOW = 3 / 3600
WINDOW_OF_SLOW = 3600 / 3 * budgets.MARGIN
FAR_AHEAD = 3600
CLOSED_PORT = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    budgets._share.forget()
    yield
    budgets._share.forget()


def test_a_window_lets_so_many_calls_through_and_no_more(store: "redis.Redis", account: str) -> None:
    counted_since_long(store, account)
    waits = [budgets._run(budgets.TAKE, _keys(account), 20, 3600 * budgets.MICROSECONDS) for _ in range(25)]
    assert waits[:20] == [0] * 20
    assert all(0 < wait <= 3600 * budgets.MICROSECONDS for wait in waits[20:])


def test_many_threads_at_once_get_no_more_together(store: "redis.Redis", account: str) -> None:
    counted_since_long(store, account)
    granted: list[int] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        granted.extend(
            1 for _ in range(20) if budgets._run(budgets.TAKE, _keys(account), 20, 3600 * budgets.MICROSECONDS) == 0
        )

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(granted) == 20


def test_the_oldest_call_makes_room_when_it_leaves_the_window(store: "redis.Redis", account: str) -> None:
    counted_since_long(store, account)
    assert budgets.take(account, Call.LOOK_UP, SLOW) == 0
    assert budgets.take(account, Call.LOOK_UP, SLOW) > 0
    store.lset(budgets._key(account, Call.LOOK_UP, "calls"), 0, "1")
    assert budgets.take(account, Call.LOOK_UP, SLOW) == 0


def test_a_redis_that_forgot_begins_with_a_full_window(store: "redis.Redis", account: str) -> None:
    assert budgets.take(account, Call.LOOK_UP, SLOW) > 0


class TestAClockThatIsSetBack:
    """The moments that this Redis keeps are an hour ahead; it begins anew, as one that forgot."""

    @pytest.mark.parametrize("part", ["calls", "since"])
    def test_a_full_window_is_waited_for_and_no_more(self, store: "redis.Redis", account: str, part: str) -> None:
        counted_since_long(store, account)
        keep_ahead(store, account, part)
        assert 0 < budgets.take(account, Call.LOOK_UP, SLOW) <= WINDOW_OF_SLOW
        assert since(store, account) <= now(store)

    def test_calls_are_let_through_when_the_window_is_over(self, store: "redis.Redis", account: str) -> None:
        counted_since_long(store, account)
        keep_ahead(store, account, "calls")
        budgets.take(account, Call.LOOK_UP, SLOW)
        counted_since_long(store, account)
        assert budgets.take(account, Call.LOOK_UP, SLOW) == 0

    def test_a_pause_from_before_does_not_last_longer(self, store: "redis.Redis", account: str) -> None:
        counted_since_long(store, account)
        keep_ahead(store, account, "calls")
        budgets.pause(account, Call.LOOK_UP, 2 * FAR_AHEAD)
        assert budgets.take(account, Call.LOOK_UP, SLOW) <= WINDOW_OF_SLOW


def test_a_call_is_remembered_for_its_whole_window_and_not_for_ever(store: "redis.Redis", account: str) -> None:
    counted_since_long(store, account)
    budgets.take(account, Call.LOOK_UP, SLOW)
    kept_ms = store.pttl(budgets._key(account, Call.LOOK_UP, "calls"))
    assert kept_ms == pytest.approx(WINDOW_OF_SLOW * 1000, abs=60_000)


def test_a_pause_is_remembered_until_its_end_and_not_for_ever(store: "redis.Redis", account: str) -> None:
    budgets.pause(account, Call.LOOK_UP, 1000)
    kept_ms = store.pttl(budgets._key(account, Call.LOOK_UP, "pause"))
    assert kept_ms == pytest.approx(1_000_000, abs=60_000)


def test_accounts_and_kinds_of_calls_are_counted_apart(store: "redis.Redis", account: str) -> None:
    for name, call in ((account, Call.LOOK_UP), (account, Call.SUBMISSION), (f"{account}-b", Call.LOOK_UP)):
        counted_since_long(store, name, call)
        assert budgets.take(name, call, SLOW) == 0


def test_a_throttled_kind_of_call_rests_for_everybody(store: "redis.Redis", account: str) -> None:
    counted_since_long(store, account)
    budgets.pause(account, Call.LOOK_UP, 1000)
    budgets.pause(account, Call.LOOK_UP, 10)
    assert 900 < budgets.take(account, Call.LOOK_UP, 20) <= 1000


class TestWithoutRedis:
    @pytest.fixture(autouse=True)
    def away(self, settings: Any) -> None:
        settings.REDIS_URL = CLOSED_PORT
        settings.PROVIDER_PROCESSES = 4

    def test_a_process_waits_for_its_share_first(self, account: str) -> None:
        wait = budgets.take(account, Call.LOOK_UP, 1)
        assert wait == pytest.approx(4 * budgets.MARGIN)

    def test_a_process_gets_one_call_in_each_of_its_intervals(self, account: str) -> None:
        share = budgets._LocalShare()
        assert share.wait("key", 0) == 0
        assert share.wait("key", 1000) == 0
        assert share.wait("key", 1000) > 900

    def test_a_pause_is_kept_by_this_process(self, account: str) -> None:
        budgets.pause(account, Call.LOOK_UP, 500)
        assert budgets.take(account, Call.LOOK_UP, 1) > 400

    def test_a_silent_redis_is_left_alone_for_a_while(self, account: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(budgets, "LEAVE_ALONE_SECONDS", 3600.0)
        budgets.take(account, Call.LOOK_UP, 1)
        monkeypatch.setattr(budgets, "_link", lambda _: pytest.fail("it was asked again"))
        assert budgets.take(account, Call.LOOK_UP, 1) > 0


def keep_ahead(store: "redis.Redis", account: str, part: str) -> None:
    ahead = now(store) + FAR_AHEAD * budgets.MICROSECONDS
    key = budgets._key(account, Call.LOOK_UP, part)
    if part == "calls":
        store.lpush(key, ahead)
    else:
        store.set(key, ahead)


def now(store: "redis.Redis") -> int:
    """By its own clock, in microseconds."""
    seconds, rest = store.time()
    return int(seconds) * budgets.MICROSECONDS + int(rest)


def since(store: "redis.Redis", account: str) -> int:
    return int(store.get(budgets._key(account, Call.LOOK_UP, "since")) or 0)


def _keys(account: str) -> list[str]:
    return [budgets._key(account, Call.LOOK_UP, part) for part in ("calls", "pause", "since")]
