"""In a burst, requests store their events and leave what these lead to to the workers.

Alone in its process, a request applies its event itself, so a purchase shows at once. With another one beside it, it
does not: the burst is stored as fast as it comes, and RevenueCat never waits for what it brought before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Requests:
    """How many of this process are at it."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = Lock()

    @contextmanager
    def one_more(self) -> Iterator[None]:
        with self._lock:
            self._count += 1
        try:
            yield
        finally:
            with self._lock:
                self._count -= 1

    @property
    def is_alone(self) -> bool:
        return self._count == 1


requests = Requests()
