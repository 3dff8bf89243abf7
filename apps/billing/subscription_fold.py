"""What a subscription line is, from its events alone: no database, no clock, no order of arrival.

Events are taken in the order of their own time; those of one moment by rank. An event changes the period it names:
an old expiration does not end a newer period.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from apps.billing.revenuecat import Event

PURCHASES = ("INITIAL_PURCHASE", "RENEWAL", "NON_RENEWING_PURCHASE")
RANKS = {
    kind: rank
    for rank, kind in enumerate(
        (*PURCHASES, "SUBSCRIPTION_EXTENDED", "BILLING_ISSUE", "CANCELLATION", "UNCANCELLATION", "EXPIRATION")
    )
}


@dataclass(frozen=True, slots=True)
class Line:
    """The newest period of a line. Times are Unix milliseconds, UTC."""

    product_id: str
    period_type: str
    started_at_ms: int
    expires_at_ms: int | None
    grace_expires_at_ms: int | None = None
    ended_at_ms: int | None = None
    will_renew: bool = True
    cancel_reason: str = ""


def fold(events: Iterable[Event]) -> Line | None:
    """None while no purchase is known."""
    line: Line | None = None
    for event in sorted((event for event in events if event.type in RANKS), key=_place):
        if event.type in PURCHASES:
            line = _opened(line, event)
        elif line and _names_period(line, event):
            line = _changed(line, event)
    return line


def _place(event: Event) -> tuple[int, int, str]:
    return event.event_at_ms, RANKS[event.type], event.id


def _names_period(line: Line, event: Event) -> bool:
    return event.purchased_at_ms is None or event.purchased_at_ms >= line.started_at_ms


def _opened(line: Line | None, event: Event) -> Line:
    started = event.event_at_ms if event.purchased_at_ms is None else event.purchased_at_ms
    if line and started < line.started_at_ms:
        return line
    renews = event.type != "NON_RENEWING_PURCHASE"
    # A subscription that tells no end has none known; only a lifetime product may last without one.
    return Line(event.product_id, event.period_type, started, event.expires_at_ms, will_renew=renews)


def _changed(line: Line, event: Event) -> Line:
    match event.type:
        case "CANCELLATION" if event.is_refund:
            return replace(line, ended_at_ms=event.event_at_ms, will_renew=False, cancel_reason=event.cancel_reason)
        case "CANCELLATION":
            return replace(line, will_renew=False, cancel_reason=event.cancel_reason)
        case "UNCANCELLATION":
            return replace(line, will_renew=True, cancel_reason="")
        case "BILLING_ISSUE":
            return replace(line, grace_expires_at_ms=event.grace_expires_at_ms, will_renew=False)
        case "SUBSCRIPTION_EXTENDED":
            return replace(line, expires_at_ms=event.expires_at_ms or line.expires_at_ms)
        case _:
            return replace(line, ended_at_ms=event.event_at_ms, will_renew=False)
