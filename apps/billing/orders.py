"""A payment becomes an order, and a points pack becomes points: in one transaction, once per store transaction."""

from apps.billing.models import Order
from apps.billing.revenuecat import Event, moment
from apps.points import ledger
from apps.points.ledger import Bucket, Kind


def record_pack(user_id: int, event: Event, points: int) -> Order:
    """Credit a points pack; `points` for each of its `quantity`. A second event of the same payment changes nothing."""
    order = _order(user_id, event, Order.Kind.POINTS, points * event.quantity)
    ledger.credit(
        order.user_id,
        order.points_granted,
        kind=Kind.PURCHASE,
        bucket=Bucket.PURCHASED,
        reference=f"order:{order.id}",
        title=f"{event.product_id} × {event.quantity}" if event.quantity > 1 else event.product_id,
    )
    return order


def record_period(user_id: int, event: Event) -> Order:
    return _order(user_id, event, Order.Kind.SUBSCRIPTION, 0)


def _order(user_id: int, event: Event, kind: Order.Kind, points: int) -> Order:
    order, _ = Order.objects.get_or_create(
        store=event.store,
        environment=event.environment,
        transaction_id=event.transaction_id,
        purchased_at=moment(event.purchased_at_ms or event.event_at_ms),
        defaults={
            "user_id": user_id,
            "kind": kind,
            "status": Order.Status.TRIAL if event.period_type == "TRIAL" else Order.Status.PAID,
            "product_id": event.product_id,
            "quantity": event.quantity,
            "price": event.price,
            "currency": event.currency,
            "points_granted": points,
        },
    )
    return order
