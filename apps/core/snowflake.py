"""64-bit ids that sort by time: 41 bits of milliseconds, 10 bits of node, 12 bits of sequence."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from threading import Lock

from django.conf import settings

from apps.core import metrics, node_lease
from apps.core.node_lease import LEASE_MS, NodeLease

EPOCH_MS = 1_288_834_974_657
NODE_BITS = 10
SEQUENCE_BITS = 12
SEQUENCES = 1 << SEQUENCE_BITS
MAX_CLOCK_BACK_MS = 5_000

clock_back = metrics.counter(
    "pk_snowflake_clock_back",
    "Ids asked for while the clock was behind the last one: bridged, or refused beyond 5 s",
    ["action"],
    [("bridged",), ("refused",)],
)


class ClockWentBack(RuntimeError):
    """The clock is more than 5 s behind the last id; making more ids could repeat old ones."""


class Snowflake:
    """One process's ids. A clock that is back by at most 5 s is bridged by going on from the last id's time."""

    def __init__(self, preferred_node: int | None, clock_ms: Callable[[], int]) -> None:
        self._preferred_node = preferred_node
        self._clock_ms = clock_ms
        self._lock = Lock()
        self._lease: NodeLease | None = None
        self._last_ms = 0
        self._sequence = 0

    def next_id(self) -> int:
        """Raises ClockWentBack, and NoFreeNode or a database error when no node can be leased."""
        with self._lock:
            return self._made()

    def next_ids(self, count: int) -> list[int]:
        """As many ids at once, ascending; for statements that write many rows."""
        with self._lock:
            return [self._made() for _ in range(count)]

    def hold_node(self) -> None:
        """Lease a node for some minutes to come, if none is held. Raises NoFreeNode, or a database error."""
        with self._lock:
            self._covering_lease(max(self._last_ms, self._clock_ms()))

    def clock_is_sound(self) -> bool:
        """Whether an id could be made by this clock; makes none."""
        with self._lock:
            return self._last_ms - self._clock_ms() <= MAX_CLOCK_BACK_MS

    def _made(self) -> int:
        self._tick()
        lease = self._covering_lease(self._last_ms)
        passed = self._last_ms - EPOCH_MS
        return (passed << NODE_BITS | lease.node_id) << SEQUENCE_BITS | self._sequence

    def _tick(self) -> None:
        now = self._clock_ms()
        if self._last_ms - now > MAX_CLOCK_BACK_MS:
            clock_back.labels("refused").inc()
            raise ClockWentBack(f"the clock is {self._last_ms - now} ms behind the last id")
        if now > self._last_ms:
            self._last_ms, self._sequence = now, 0
            return
        if self._last_ms - now > 1:
            clock_back.labels("bridged").inc()
        self._sequence += 1
        if self._sequence == SEQUENCES:
            self._last_ms, self._sequence = self._last_ms + 1, 0

    def _covering_lease(self, at_ms: int) -> NodeLease:
        lease = self._lease
        if lease and at_ms + LEASE_MS // 2 <= lease.ceiling_ms:
            return lease
        if lease and (extended := node_lease.renewed(lease, at_ms)):
            self._lease = extended
        else:
            self._lease = node_lease.claim(at_ms, self._preferred_node)
        return self._lease


def time_ms(snowflake_id: int) -> int:
    """The Unix time, in ms, at which this id was made."""
    return (snowflake_id >> (NODE_BITS + SEQUENCE_BITS)) + EPOCH_MS


def first_id(moment: datetime) -> int:
    """No id made before this moment is as large: what was made since is a range of ids."""
    return max(int(moment.timestamp() * 1000) - EPOCH_MS, 0) << (NODE_BITS + SEQUENCE_BITS)


def next_id() -> int:
    return _generator.next_id()


def next_ids(count: int) -> list[int]:
    return _generator.next_ids(count)


def hold_node() -> None:
    """To be called before a transaction begins that may want ids: a lease takes a connection of its own, and in a pool
    of few those that wait for this transaction may hold all others.

    When none can be had, whoever wants an id will be told.
    """
    with suppress(Exception):
        _generator.hold_node()


def clock_is_sound() -> bool:
    """False when `next_id` would raise ClockWentBack in this process."""
    return _generator.clock_is_sound()


def fence_after_restore() -> datetime:
    """From this moment on ids can be made again, and none that was made since the backup is made once more."""
    until_ms = time.time_ns() // 1_000_000 + MAX_CLOCK_BACK_MS
    node_lease.fence(until_ms)
    begin_anew()
    return datetime.fromtimestamp(until_ms / 1000, UTC)


def _fresh_generator() -> Snowflake:
    return Snowflake(settings.SNOWFLAKE_NODE_ID, lambda: time.time_ns() // 1_000_000)


def begin_anew() -> None:
    """Go on with a node of one's own: after a fork, or when a test has moved the clock."""
    global _generator
    _generator = _fresh_generator()


_generator = _fresh_generator()
os.register_at_fork(after_in_child=begin_anew)
