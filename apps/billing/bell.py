"""Telling the workers that events wait for them."""

import time
from collections.abc import Callable
from threading import Lock

from kombu.exceptions import OperationalError
from structlog import get_logger

from apps.billing import tasks

log = get_logger(__name__)


class Bell:
    """Rung once a second at most: the workers come a second later, for all that was stored meanwhile.

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
            tasks.process_waiting_events.apply_async(countdown=self.SECONDS)
        except OperationalError as error:
            self._next_at = self._clock() + self.AWAY_SECONDS
            log.warning("the bell is out of reach; beat will have the events applied", error=str(error))
            return False
        return True


bell = Bell()
