"""Payments stay; what the store knows of the person does not."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import Device, User
from apps.billing import erasure, webhook
from apps.billing.models import CustomerAlias, Order, RevenueCatEvent
from apps.billing.revenuecat_api import SyncUnavailable
from dev.fake_revenuecat import FakeRevenueCat
from tests.billing.conftest import pack, period
from tests.conftest import WEBHOOK_SECRET, at, revenuecat_event


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


def test_what_a_web_shop_gave_along_is_removed_too(user: User, send_event: Any) -> None:
    """By a purchase link, say."""
    send_event("NON_RENEWING_PURCHASE", **pack(user), metadata={"mail": "ming@example.com"})
    assert erasure.erase(user.id)
    assert b"ming@example.com" not in bytes(RevenueCatEvent.objects.get().body)


def test_each_event_stays_itself_and_those_of_others_as_they_are(
    user: User, new_device: Callable[[], Device], send_event: Any
) -> None:
    for number, somebody in enumerate((user, user, new_device().user)):
        payment = pack(somebody, transaction_id=f"p-{number}", original_transaction_id=f"p-{number}")
        send_event("NON_RENEWING_PURCHASE", **payment, subscriber_attributes={"$email": {"value": "me@example.com"}})
    RevenueCatEvent.objects.update(traceback="me@example.com")
    before = [json.loads(bytes(row.body))["event"]["id"] for row in RevenueCatEvent.objects.order_by("id")]
    assert erasure.erase(user.id)
    rows = RevenueCatEvent.objects.order_by("id")
    assert [json.loads(bytes(row.body))["event"]["id"] for row in rows] == before
    assert [b"me@example.com" in bytes(row.body) for row in rows] == [False, False, True]
    assert [row.traceback for row in rows] == ["", "", "me@example.com"]


def test_a_name_that_was_cut_inside_an_emoji_is_removed_too(user: User, anonymous: APIClient) -> None:
    attributes = {"$displayName": {"value": "Ming \ud83d", "updated_at_ms": 1}}
    event = revenuecat_event("NON_RENEWING_PURCHASE", **pack(user), subscriber_attributes=attributes)
    headers = {"Authorization": WEBHOOK_SECRET}
    body = json.dumps(event)
    anonymous.generic("POST", "/api/v1/webhooks/revenuecat", body, content_type="application/json", headers=headers)
    row = RevenueCatEvent.objects.get()
    assert (row.outcome, b"Ming" in bytes(row.body)) == ("applied", True)
    assert erasure.erase(user.id)
    row.refresh_from_db()
    assert b"Ming" not in bytes(row.body)
    webhook.process(row)
    assert row.outcome == "applied"


def test_what_the_store_tells_after_an_erasure_is_kept_without_the_person(user: User, send_event: Any) -> None:
    User.objects.filter(id=user.id).update(erased_at=timezone.now(), is_active=False)
    event = bought(send_event, user)
    assert (event.user, event.outcome) == (user, "applied")
    assert b"ming@example.com" not in bytes(event.body)
    assert Order.objects.get().user == user


@pytest.mark.parametrize("type_", ["EXPERIMENT_ENROLLMENT", "PRICE_INCREASE_CONSENT_APPROVED"])
def test_an_event_that_does_nothing_is_kept_without_the_person_too(user: User, send_event: Any, type_: str) -> None:
    send_event(type_, **pack(user), subscriber_attributes={"$email": {"value": "ming@example.com"}})
    event = RevenueCatEvent.objects.get()
    assert (event.outcome, b"ming@example.com" in bytes(event.body)) == ("ignored", True)
    assert erasure.erase(user.id)
    event.refresh_from_db()
    assert b"ming@example.com" not in bytes(event.body)


def test_an_event_that_does_nothing_and_is_nobodys_is_kept_without_the_person(db: None, send_event: Any) -> None:
    """Whose it was may be learned later, and nothing looks for such events then."""
    attributes = {"$email": {"value": "ming@example.com"}}
    send_event("EXPERIMENT_ENROLLMENT", app_user_id="ming-phone", aliases=[], subscriber_attributes=attributes)
    event = RevenueCatEvent.objects.get()
    assert (event.user, event.outcome) == (None, "ignored")
    assert b"ming@example.com" not in bytes(event.body)


def test_a_purchase_whose_buyer_is_looked_for_no_more_is_kept_without_them(db: None, send_event: Any) -> None:
    attributes = {"$email": {"value": "ming@example.com"}}
    nobody = {"app_user_id": "ming-phone", "subscriber_attributes": attributes}
    send_event("NON_RENEWING_PURCHASE", original_app_user_id=None, aliases=[], **nobody)
    for days, is_told in ((webhook.UNMATCHED_FOR.days - 1, True), (webhook.UNMATCHED_FOR.days + 1, False)):
        with at(timezone.now() + timedelta(days=days)):
            webhook.process(RevenueCatEvent.objects.get())
        event = RevenueCatEvent.objects.get()
        assert (event.outcome, b"ming@example.com" in bytes(event.body)) == ("unmatched", is_told)


def test_what_waited_for_a_name_while_its_person_was_erased_is_kept_without_them(user: User, send_event: Any) -> None:
    attributes = {"$email": {"value": "ming@example.com", "updated_at_ms": 1}}
    nameless = pack(user, app_user_id="ming-phone", original_app_user_id=None, aliases=[])
    send_event("NON_RENEWING_PURCHASE", **nameless, subscriber_attributes=attributes)
    User.objects.filter(id=user.id).update(erased_at=timezone.now(), is_active=False)
    send_event("SUBSCRIBER_ALIAS", app_user_id=str(user.billing_user_id), aliases=["ming-phone"])
    event = RevenueCatEvent.objects.earliest("id")
    assert (event.user, event.outcome) == (user, "applied")
    assert b"ming@example.com" not in bytes(event.body)


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


def test_revenuecat_forgets_its_customer(
    user: User, new_device: Callable[[], Device], revenuecat: FakeRevenueCat
) -> None:
    new_device()
    revenuecat.customers = {str(user.billing_user_id): {}, "somebody else": {}}
    assert erasure.erase_there(user.id)
    assert set(revenuecat.customers) == {"somebody else"}
    assert erasure.erase_there(user.id), "who is not known there is forgotten"


def test_revenuecat_forgets_its_customer_by_every_name_that_it_told(
    user: User, send_event: Any, revenuecat: FakeRevenueCat
) -> None:
    """An earlier app gave it other ones, and each may be a customer of its own there."""
    for number, name in enumerate(("ming-phone", str(user.id), "ming-phone")):
        aliases = [name, str(user.billing_user_id)]
        send_event("RENEWAL", **period(user, transaction_id=f"s-{number}", app_user_id=name, aliases=aliases))
    revenuecat.customers = {"ming-phone": {}, str(user.id): {}, "somebody else": {}}
    assert erasure.erase_there(user.id)
    assert set(revenuecat.customers) == {"somebody else"}


def test_a_name_that_is_somebody_elses_here_is_not_forgotten_there(
    user: User, new_device: Callable[[], Device], send_event: Any, revenuecat: FakeRevenueCat
) -> None:
    CustomerAlias.objects.create(name="family-phone", user=new_device().user)
    both = ["family-phone", str(user.billing_user_id)]
    send_event("RENEWAL", **period(user, app_user_id="family-phone", aliases=both))
    assert RevenueCatEvent.objects.get().user == user
    revenuecat.customers = {"family-phone": {}, str(user.billing_user_id): {}}
    assert erasure.erase_there(user.id)
    assert set(revenuecat.customers) == {"family-phone"}


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
