"""What was paid, from the events of a line alone: each period of a subscription and each one-time purchase, once.

A store's transaction id alone does not tell the periods of a subscription apart: Stripe keeps one for all of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from apps.billing.revenuecat import Event
from apps.billing.subscription_fold import place

PURCHASES = ("INITIAL_PURCHASE", "RENEWAL", "NON_RENEWING_PURCHASE")


@dataclass(frozen=True, slots=True)
class Payment:
    """Times are Unix milliseconds, UTC; the price is in `currency`, None when not told.

    `is_told` is False while only its refund is known.
    """

    transaction_id: str
    purchased_at_ms: int
    product_id: str
    quantity: int
    price: Decimal | None
    currency: str
    buyer_id: int | None
    is_told: bool
    is_one_time: bool
    is_trial: bool
    is_refunded: bool
    is_refund_reversed: bool
    refunded_at_ms: int | None


def fold_payments(events: Iterable[Event]) -> list[Payment]:
    by_transaction: dict[str, list[Event]] = {}
    for event in sorted((event for event in events if _is_about_money(event)), key=place):
        by_transaction.setdefault(event.transaction_id, []).append(event)
    return [
        _payment(start, about)
        for of_transaction in by_transaction.values()
        for start, about in _by_start(of_transaction).items()
    ]


def _by_start(events: list[Event]) -> dict[int, list[Event]]:
    """A one-time purchase has one start; what tells no start is about the newest one."""
    starts = [event.purchased_at_ms for event in events if event.purchased_at_ms is not None]
    if not starts or any(event.type == "NON_RENEWING_PURCHASE" for event in events):
        return {min(starts, default=events[0].event_at_ms): events}
    by_start: dict[int, list[Event]] = {}
    for event in events:
        by_start.setdefault(max(starts) if event.purchased_at_ms is None else event.purchased_at_ms, []).append(event)
    return by_start


def _is_about_money(event: Event) -> bool:
    """Who shares in a family's purchase and who got a gift has paid nothing."""
    if event.is_family_share or event.store == "PROMOTIONAL":
        return False
    return event.type in PURCHASES or event.type == "REFUND_REVERSED" or event.is_refund


def _payment(start: int, events: list[Event]) -> Payment:
    purchase = next((event for event in events if event.type in PURCHASES), None)
    told = purchase or events[0]
    refunds = [event for event in events if event.is_refund]
    decisions = [event for event in events if event.type not in PURCHASES]
    return Payment(
        transaction_id=told.transaction_id,
        purchased_at_ms=start,
        product_id=told.product_id,
        # The REST API does not tell it, which counts as one.
        quantity=max(event.quantity for event in events),
        price=purchase.price if purchase else None,
        currency=told.currency,
        buyer_id=next((event.user_id for event in (told, *events) if event.user_id), None),
        is_told=purchase is not None,
        is_one_time=told.type == "NON_RENEWING_PURCHASE",
        is_trial=told.period_type == "TRIAL",
        is_refunded=bool(decisions) and decisions[-1].is_refund,
        is_refund_reversed=bool(decisions) and not decisions[-1].is_refund,
        refunded_at_ms=refunds[-1].event_at_ms if refunds else None,
    )
