"""What billing hands out of a user's data: payments, subscriptions, and what RevenueCat told of them."""

from collections.abc import Iterator
from typing import Any

from apps.accounts import personal_data
from apps.billing import revenuecat
from apps.billing.models import Order, RevenueCatEvent, Subscription

CHUNK = 500
# The body of an event may be long.
FEWER = 100


def orders(user_id: int) -> Iterator[dict[str, Any]]:
    for order in Order.objects.filter(user_id=user_id).order_by("id").iterator(CHUNK):
        yield {
            "id": str(order.id),
            "kind": order.kind,
            "status": order.status,
            "store": order.store,
            "environment": order.environment,
            "transaction_id": order.transaction_id,
            "product_id": order.product_id,
            "quantity": order.quantity,
            "price": None if order.price is None else str(order.price),
            "currency": order.currency,
            "points_granted": order.points_granted,
            "purchased_at": order.purchased_at,
            "refunded_at": order.refunded_at,
        }


def subscriptions(user_id: int) -> Iterator[dict[str, Any]]:
    for line in Subscription.objects.filter(user_id=user_id).order_by("id").iterator(CHUNK):
        yield {
            "id": str(line.id),
            "store": line.store,
            "environment": line.environment,
            "product_id": line.product_id,
            "plan": line.plan,
            "period_type": line.period_type,
            "started_at": line.started_at,
            "expires_at": line.expires_at,
            "ended_at": line.ended_at,
            "will_renew": line.will_renew,
        }


def purchase_events(user_id: int) -> Iterator[dict[str, Any]]:
    """Of a transfer neither side is named: the other one is somebody else."""
    for row in RevenueCatEvent.objects.filter(user_id=user_id).order_by("id").iterator(FEWER):
        event, fields = revenuecat.read(bytes(row.body)), revenuecat.parsed(bytes(row.body))["event"]
        yield {
            "id": str(row.id),
            "type": event.type,
            "store": event.store,
            "environment": event.environment,
            "product_id": event.product_id,
            "transaction_id": event.transaction_id,
            "names": list(event.customer_ids),
            "attributes": _attributes(fields.get("subscriber_attributes")),
            "country": _text(fields.get("country_code")),
            "at": revenuecat.moment(event.event_at_ms),
        }


def _attributes(told: Any) -> dict[str, str]:
    """What the app has told RevenueCat of its user, by name."""
    entries = told.items() if isinstance(told, dict) else ()
    return {_text(name): _text(entry.get("value")) for name, entry in entries if isinstance(entry, dict)}


def _text(told: Any) -> str:
    """Half a character, which no file can have, is replaced."""
    return revenuecat.NOT_FOR_POSTGRESQL.sub("\ufffd", told) if isinstance(told, str) else ""


for _rows in (orders, subscriptions, purchase_events):
    personal_data.register(_rows.__name__, _rows)
