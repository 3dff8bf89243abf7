"""Whose a line is, from its events and the transfers that concern it, by their own time.

An owner is the names of a customer, one of which may be a user's. A transfer moves a line when one of the names it
takes from is the owner's at that time, wherever it stands among what arrives.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.billing.revenuecat import Event


@dataclass(frozen=True, slots=True)
class Transfer:
    """`from_names` and `to_names` hold, besides what RevenueCat told, the ids of the users found by it."""

    at_ms: int
    event_id: str
    from_names: frozenset[str]
    to_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ownership:
    """The owner's names, the surest first, and every name the line has ever had."""

    owner: tuple[str, ...]
    all_names: frozenset[str]


def names_of(event: Event) -> tuple[str, ...]:
    return ((str(event.user_id),) if event.user_id else ()) + event.customer_ids


def walk(events: Iterable[Event], transfers: Iterable[Transfer]) -> Ownership:
    """Of a moment, a line's own events come first: a transfer tells of what is there."""
    steps: list[tuple[int, int, str, Event | Transfer]] = [
        *((event.event_at_ms, 0, event.id, event) for event in events if names_of(event)),
        *((transfer.at_ms, 1, transfer.event_id, transfer) for transfer in transfers),
    ]
    owner: tuple[str, ...] = ()
    seen: set[str] = set()
    for *_, step in sorted(steps, key=lambda step: step[:3]):
        if isinstance(step, Event):
            owner = names_of(step)
        elif step.from_names.intersection(owner):
            owner = step.to_names
        seen.update(owner)
    return Ownership(owner, frozenset(seen))
