"""What a subscription line is, from its events alone: no database, no clock, no order of arrival.

Events are taken in the order of their own time; those of one moment by rank. An event that ends, extends or reopens a
period changes the period it names: an old expiration does not end a newer period (vendor: event flows).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from apps.billing.revenuecat import Event

DAY_MS = 86_400_000
# The reason of an end that RevenueCat has no word for.
REFUND = "REFUND"


@dataclass(frozen=True, slots=True)
class Line:
    """The newest period of a line. Times are Unix milliseconds, UTC.

    A line without an end has none known: only a product of the catalogue can make it last for good.
    `is_doubtful`: an event left out what it should have said; the REST API knows better.
    """

    product_id: str
    period_type: str
    started_at_ms: int
    expires_at_ms: int | None
    grace_expires_at_ms: int | None = None
    billing_issue_at_ms: int | None = None
    auto_resume_at_ms: int | None = None
    ended_at_ms: int | None = None
    end_reason: str = ""
    will_renew: bool = True
    cancel_reason: str = ""
    pending_product_id: str = ""
    is_refunded: bool = False
    is_temporary: bool = False
    is_family_share: bool = False
    is_doubtful: bool = False


def fold(events: Iterable[Event]) -> Line | None:
    """None while nothing is known of a period."""
    line: Line | None = None
    for event in sorted((event for event in events if event.type in STEPS), key=place):
        line = STEPS[event.type](line, event)
    return line


def place(event: Event) -> tuple[int, int, str]:
    """Where an event stands among those of its line."""
    return event.event_at_ms, RANKS.get(event.type, len(RANKS)), event.id


def _purchased(line: Line | None, event: Event) -> Line:
    if line and not line.is_temporary:
        if _start(event) < line.started_at_ms:
            return line
        # What was refunded comes back by a reversal, not by a second event of the same purchase.
        if _start(event) == line.started_at_ms and line.is_refunded:
            return line
    return _opened(event, end_if_untold=line.expires_at_ms if line else None)


def _lent(line: Line | None, event: Event) -> Line | None:
    """A store is unreachable: access for a day at most, and never in place of a purchase that still lasts."""
    if event.expires_at_ms is None or (line and not _is_over(line, event.event_at_ms)):
        return line
    end = min(event.expires_at_ms, _start(event) + DAY_MS)
    return replace(_opened(event, end), expires_at_ms=end, is_temporary=True, will_renew=False)


def _uncancelled(line: Line | None, event: Event) -> Line | None:
    return line and replace(line, will_renew=True, cancel_reason="")


def _cancelled(line: Line | None, event: Event) -> Line | None:
    if event.is_refund:
        return _refunded(line, event)
    return line and replace(line, will_renew=False, cancel_reason=event.cancel_reason)


def _refunded(line: Line | None, event: Event) -> Line:
    """Also of a purchase that was never told: it must not be open when it is."""
    line = line or _opened(event, None)
    if not _names_period(line, event):
        return line
    return replace(
        line,
        ended_at_ms=event.event_at_ms,
        is_refunded=True,
        end_reason=REFUND,
        will_renew=False,
        cancel_reason=event.cancel_reason,
    )


def _refund_reversed(line: Line | None, event: Event) -> Line:
    line = line or _opened(event, None)
    if not line.is_refunded or not _names_period(line, event):
        return line
    return replace(line, ended_at_ms=None, is_refunded=False, end_reason="")


def _charge_failed(line: Line | None, event: Event) -> Line | None:
    if line is None or not _names_period(line, event):
        return line
    return replace(
        line,
        billing_issue_at_ms=event.event_at_ms,
        grace_expires_at_ms=event.grace_expires_at_ms,
        will_renew=False,
    )


def _paused(line: Line | None, event: Event) -> Line | None:
    return line and replace(line, auto_resume_at_ms=event.auto_resume_at_ms, will_renew=False)


def _change_wanted(line: Line | None, event: Event) -> Line | None:
    """It names the product that is left; the other comes into effect with its own purchase or renewal."""
    if line is None or event.new_product_id == line.product_id:
        return line
    return replace(line, pending_product_id=event.new_product_id)


def _extended(line: Line | None, event: Event) -> Line | None:
    if line is None or event.expires_at_ms is None or not _names_period(line, event):
        return line
    return replace(line, expires_at_ms=event.expires_at_ms)


def _expired(line: Line | None, event: Event) -> Line | None:
    if line is None or line.is_refunded or not _names_period(line, event):
        return line
    return replace(line, ended_at_ms=event.event_at_ms, end_reason=event.expiration_reason, will_renew=False)


def _opened(event: Event, end_if_untold: int | None) -> Line:
    renews = event.type in ("INITIAL_PURCHASE", "RENEWAL")
    unpaid = event.store == "STRIPE" and event.type == "RENEWAL" and event.price_usd == 0
    end = event.expires_at_ms
    return Line(
        event.product_id,
        event.period_type,
        _start(event),
        end_if_untold if renews and end is None else end,
        will_renew=renews,
        is_family_share=event.is_family_share,
        is_doubtful=renews and (end is None or unpaid),
    )


def _start(event: Event) -> int:
    return event.event_at_ms if event.purchased_at_ms is None else event.purchased_at_ms


def _names_period(line: Line, event: Event) -> bool:
    return event.purchased_at_ms is None or event.purchased_at_ms >= line.started_at_ms


def _is_over(line: Line, at_ms: int) -> bool:
    return line.is_temporary or line.ended_at_ms is not None or (line.expires_at_ms or at_ms + 1) <= at_ms


# In the order of their rank at one moment.
STEPS: dict[str, Callable[[Line | None, Event], Line | None]] = {
    "TEMPORARY_ENTITLEMENT_GRANT": _lent,
    "INITIAL_PURCHASE": _purchased,
    "RENEWAL": _purchased,
    "NON_RENEWING_PURCHASE": _purchased,
    "PRODUCT_CHANGE": _change_wanted,
    "SUBSCRIPTION_EXTENDED": _extended,
    "SUBSCRIPTION_PAUSED": _paused,
    "BILLING_ISSUE": _charge_failed,
    "CANCELLATION": _cancelled,
    "UNCANCELLATION": _uncancelled,
    "EXPIRATION": _expired,
    "REFUND_REVERSED": _refund_reversed,
}
RANKS = {name: rank for rank, name in enumerate(STEPS)}
