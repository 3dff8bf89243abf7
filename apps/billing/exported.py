"""What billing hands out of a user's data: payments and subscriptions."""

from collections.abc import Iterator
from typing import Any

from apps.accounts import personal_data
from apps.billing.models import Order, Subscription

CHUNK = 500


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


personal_data.register("orders", orders)
personal_data.register("subscriptions", subscriptions)
