"""A payment becomes an order, and a points pack becomes points; a refund takes them back, a reversal gives them again.

Called with the line of the payment locked: what an order says and what the ledger says change together.
"""

from typing import Any

from apps.billing.models import Order
from apps.billing.payment_fold import Payment
from apps.billing.revenuecat import moment, moment_or_none
from apps.core.sentences import POINTS
from apps.points import ledger, reversals, titles
from apps.points.ledger import Bucket, Kind, PointTransaction
from apps.remoteconfig.catalogue import Catalogue

MOST_ORDERS = 5_000


def record(store: str, environment: str, payments: list[Payment], offer: Catalogue) -> None:
    """Bring the orders of a line in step with what was paid; what is in step already is left alone."""
    ids = {payment.transaction_id for payment in payments}
    of_line = Order.objects.filter(store=store, environment=environment, transaction_id__in=ids)[:MOST_ORDERS]
    known = {(order.transaction_id, order.purchased_at): order for order in of_line}
    one_time = {order.transaction_id: order for order in known.values()}
    for payment in payments:
        order = known.get((payment.transaction_id, moment(payment.purchased_at_ms)))
        if order is None and payment.is_one_time:
            # Its start may have become known by another event since; it is one payment all the same.
            order = one_time.get(payment.transaction_id)
        if order is None and payment.buyer_id:
            order = _new(store, environment, payment, payment.buyer_id, offer)
        if order:
            _record(order, payment, offer)


def _new(store: str, environment: str, payment: Payment, buyer_id: int, offer: Catalogue) -> Order:
    return Order(
        user_id=buyer_id,
        kind=_kind(payment, offer),
        store=store,
        environment=environment,
        transaction_id=payment.transaction_id,
        purchased_at=moment(payment.purchased_at_ms),
    )


def _kind(payment: Payment, offer: Catalogue) -> Order.Kind:
    return Order.Kind.SUBSCRIPTION if offer.pack_points(payment.product_id) is None else Order.Kind.POINTS


def _record(order: Order, payment: Payment, offer: Catalogue) -> None:
    told = _told(payment)
    if not order.points_granted:
        # A pack may come into the catalogue after it was bought.
        order.kind = _kind(payment, offer)
    else:
        # The event that told how many may be looked at again just now, and is left out meanwhile.
        told["quantity"] = max(payment.quantity, order.quantity)
    if _is_settled(order, payment) and all(getattr(order, name) == value for name, value in told.items()):
        return
    each, number = _lacking(order, payment, offer)
    for name, value in told.items():
        setattr(order, name, value)
    if not order.points_granted:
        order.user_id = payment.buyer_id or order.user_id
    order.save()
    if order.kind == Order.Kind.POINTS and payment.is_told:
        _settle(order, payment, _credits(order, each, number))


def _is_settled(order: Order, payment: Payment) -> bool:
    """A purchase says better than its refund who bought; once points were given, they stay where they are."""
    if order.points_granted:
        return True
    return order.user_id == payment.buyer_id and not (payment.is_told and order.kind == Order.Kind.POINTS)


def _told(payment: Payment) -> dict[str, Any]:
    return {
        "status": _status(payment),
        "purchased_at": moment(payment.purchased_at_ms),
        "product_id": payment.product_id,
        "quantity": payment.quantity,
        "price": payment.price,
        "currency": payment.currency,
        "refunded_at": moment_or_none(payment.refunded_at_ms),
    }


def _status(payment: Payment) -> Order.Status:
    if payment.is_refunded:
        return Order.Status.REFUNDED
    if payment.is_refund_reversed:
        return Order.Status.REFUND_REVERSED
    return Order.Status.TRIAL if payment.is_trial else Order.Status.PAID


def _lacking(order: Order, payment: Payment, offer: Catalogue) -> tuple[int, int]:
    """What each of a pack brings, which stays as it was first given, and how many are not credited.

    The REST API, which does not tell how many were bought, may come before the webhook that does.
    """
    if order.points_granted:
        return order.points_granted // order.quantity, payment.quantity - order.quantity
    return offer.pack_points(payment.product_id) or 0, payment.quantity


def _credits(order: Order, each: int, number: int) -> list[PointTransaction]:
    """The rows of the ledger that brought its points: one, and one for each time that more were told later."""
    references = _references(order)
    credits = ledger.credits_of(Kind.PURCHASE, references) if order.points_granted else []
    if number > 0:
        credit, _ = ledger.credit(
            order.user_id,
            each * number,
            kind=Kind.PURCHASE,
            bucket=Bucket.PURCHASED,
            reference=references[len(credits)],
            title=POINTS.format(points=each * number),
        )
        credits.append(credit)
    return credits


def _references(order: Order) -> list[str]:
    """Of as many rows as it can have: each brought at least one of its quantity."""
    first, rest = f"order:{order.id}", f"order:{order.id}:rest"
    return [first, rest, *(f"{rest}:{number}" for number in range(2, order.quantity))]


def _settle(order: Order, payment: Payment, credits: list[PointTransaction]) -> None:
    """Credited first, also what is refunded already: the ledger tells both."""
    order.points_granted = sum(credit.amount for credit in credits)
    title = POINTS.format(points=order.points_granted)
    if payment.is_refunded:
        taken = [reversals.claw_back(credit, title=titles.TAKEN_BACK.format(name=title)).taken for credit in credits]
        order.points_taken_back = sum(taken)
    else:
        for credit in credits:
            reversals.reverse_clawback(credit, title=titles.GIVEN_AGAIN.format(name=title))
        order.points_taken_back = 0
    order.save(update_fields=["points_granted", "points_taken_back", "updated_at"])
