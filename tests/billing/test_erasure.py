"""Payments stay; what the store knows of the person does not."""

from typing import Any

from apps.accounts.models import User
from apps.billing import erasure, webhook
from apps.billing.models import Order, RevenueCatEvent


def bought(send_event: Any, user: User) -> RevenueCatEvent:
    attributes = {"$email": {"value": "ming@example.com", "updated_at_ms": 1}}
    assert send_event(
        "NON_RENEWING_PURCHASE",
        app_user_id=str(user.billing_user_id),
        product_id="points_1000",
        transaction_id="t-1",
        original_transaction_id="t-1",
        environment="SANDBOX",
        subscriber_attributes=attributes,
        country_code="CN",
    ).json() == {"status": "accepted"}
    return RevenueCatEvent.objects.latest("id")


def test_an_event_loses_what_it_says_of_the_person(user: User, send_event: Any) -> None:
    event = bought(send_event, user)
    assert b"ming@example.com" in bytes(event.body)
    assert erasure.erase(user.id)
    event.refresh_from_db()
    assert b"ming@example.com" not in bytes(event.body)
    assert b"country_code" not in bytes(event.body)


def test_the_order_stays_and_the_event_can_still_be_applied(user: User, send_event: Any) -> None:
    event = bought(send_event, user)
    orders = list(Order.objects.values())
    assert orders
    erasure.erase(user.id)
    RevenueCatEvent.objects.update(outcome=RevenueCatEvent.Outcome.RECEIVED)
    event.refresh_from_db()
    webhook.process(event)
    event.refresh_from_db()
    assert event.outcome == RevenueCatEvent.Outcome.APPLIED
    assert list(Order.objects.values()) == orders
