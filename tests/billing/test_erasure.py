"""Payments stay; what the store knows of the person does not."""

from typing import Any

import pytest

from apps.accounts.models import User
from apps.billing import erasure, webhook
from apps.billing.models import Order, RevenueCatEvent
from apps.billing.revenuecat_api import SyncUnavailable
from dev.fake_revenuecat import FakeRevenueCat


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


def test_revenuecat_forgets_its_customer(user: User, revenuecat: FakeRevenueCat) -> None:
    revenuecat.customers = {str(user.billing_user_id): {}, "somebody else": {}}
    assert erasure.erase_there(user.id)
    assert set(revenuecat.customers) == {"somebody else"}
    assert erasure.erase_there(user.id), "who is not known there is forgotten"


@pytest.mark.parametrize("status", [401, 429, 500])
def test_it_is_asked_again_when_it_did_not(user: User, revenuecat: FakeRevenueCat, status: int) -> None:
    revenuecat.next_answer = (status, b"{}")
    with pytest.raises(SyncUnavailable):
        erasure.erase_there(user.id)


def test_without_a_key_nobody_is_asked(user: User, revenuecat: FakeRevenueCat, settings: Any) -> None:
    settings.REVENUECAT_API_KEY = ""
    revenuecat.customers = {str(user.billing_user_id): {}}
    assert erasure.erase_there(user.id)
    assert revenuecat.customers
