"""What a stand-in was told to do wrong: in which order, with which requests, about whom."""

from collections import deque
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

Behaviour = TypeVar("Behaviour")


@dataclass
class Misfortune(Generic[Behaviour]):
    """Behaviours wait for the requests of one operation, of anybody or of those only that speak `of` somebody."""

    _waiting: dict[tuple[str, str], deque[Behaviour]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def next(self, operation: str, *behaviours: Behaviour, of: str = "") -> None:
        with self._lock:
            self._waiting.setdefault((operation, of), deque()).extend(behaviours)

    def of(self, operation: str, about: str) -> Behaviour | None:
        """What is next for a request of this operation with `about` somewhere in it."""
        with self._lock:
            for (name, of), behaviours in self._waiting.items():
                if name == operation and of in about and behaviours:
                    return behaviours.popleft()
        return None

    def left(self, of: str = "") -> list[str]:
        """The operations of which some is still to come."""
        with self._lock:
            return [name for (name, whose), behaviours in self._waiting.items() if whose == of and behaviours]

    def forget(self) -> None:
        with self._lock:
            self._waiting.clear()
