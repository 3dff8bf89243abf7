"""Somebody who waits for a lock that the test holds, or must not."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

WAITING_FOR_US = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
LONGEST_SECONDS = 60

Result = TypeVar("Result")


def by_us(work: Callable[[], Result]) -> "Future[Result]":
    """What `work` returns, once our transaction has ended. Comes back when it waits for us."""
    pool = ThreadPoolExecutor(1)
    done = pool.submit(_with_its_own_connection, work)
    pool.shutdown(wait=False)
    deadline = time.monotonic() + LONGEST_SECONDS
    while not _is_any_waiting():
        if done.done():
            raise AssertionError(f"it did not wait for us: {done.result()!r}")
        assert time.monotonic() < deadline, "nobody waits for us"
        time.sleep(0.01)
    return done


def beside_us(work: Callable[[], Result]) -> Result:
    """What `work` returns while our transaction is open. Raises TimeoutError when it waits for us."""
    pool = ThreadPoolExecutor(1)
    done = pool.submit(_with_its_own_connection, work)
    pool.shutdown(wait=False)
    return done.result(LONGEST_SECONDS)


def _with_its_own_connection(work: Callable[[], Result]) -> Result:
    try:
        return work()
    finally:
        connection.close()


def _is_any_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING_FOR_US)
        return bool(cursor.fetchone()[0])
