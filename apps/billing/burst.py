"""In a burst, requests store their events and leave what these lead to to the workers.

A request applies its event itself, so a purchase shows at once, unless another one is beside it in its process or came
just before: a burst is stored as fast as it comes, and RevenueCat never waits for what it brought before.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from django.conf import settings


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


requests = Requests()
