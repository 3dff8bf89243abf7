"""In a burst, requests store their events and leave what these lead to to the workers.

A request applies its event itself, so a purchase shows at once, unless another one is beside it in its process or came
just before: a burst is stored as fast as it comes, and RevenueCat never waits for what it brought before.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from django.conf import settings
from kombu.exceptions import OperationalError
from structlog import get_logger

from apps.billing import tasks

log = get_logger(__name__)


class Requests:
    """Those that this process is at."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._count = 0
        self._came_at = -float("inf")
        self._lock = Lock()

    @contextmanager
    def one_more(self) -> Iterator[bool]:
        """Whether it comes by itself: none is beside it, and a while has passed since the one before."""
        now = self._clock()
        with self._lock:
            passed, self._came_at = now - self._came_at, now
            is_alone = self._count == 0
            self._count += 1
        try:
            yield is_alone and passed >= settings.BILLING_BURST_SECONDS
        finally:
            with self._lock:
                self._count -= 1


class Bell:
    """For the workers, once a second at most: they come a second later, for all that was stored meanwhile.

    Without a broker nothing is lost, beat's sweep comes by; and few requests wait for one that is away.
    """

    SECONDS = 1.0
    AWAY_SECONDS = 30.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next_at = -float("inf")
        self._lock = Lock()

    def ring(self) -> bool:
        """Whether this is the request that has told them."""
        return self._is_time() and self._has_told()

    def _is_time(self) -> bool:
        now = self._clock()
        with self._lock:
            if now < self._next_at:
                return False
            self._next_at = now + self.SECONDS
        return True

    def _has_told(self) -> bool:
        try:
            tasks.process_waiting_events.apply_async(countdown=self.SECONDS, expires=self.AWAY_SECONDS)
        except OperationalError as error:
            self._next_at = self._clock() + self.AWAY_SECONDS
            log.warning("the bell is out of reach; beat will have the events applied", error=str(error))
            return False
        return True


requests = Requests()
bell = Bell()
