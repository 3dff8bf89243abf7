"""What each of the vendor's sample bodies does, as the decision table of the vendor page says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import pytest

from apps.accounts.models import User
from apps.billing import webhook
from apps.billing.models import CustomerAlias, Order, RevenueCatEvent, Subscription
from apps.points import ledger
from apps.remoteconfig import catalogue
from apps.remoteconfig.models import PointsPack, SubscriptionProduct
from tests.billing.conftest import NOW_MS, pack
from tests.conftest import PAYLOADS, WEBHOOK_SECRET

SAMPLES = sorted(path.stem for path in (PAYLOADS / "revenuecat").glob("*.json"))
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Expected:
    """Of a sample alone, for a user who is known under its name, with its products in the catalogue."""

    outcome: str
    reason: str = ""
    line: dict[str, Any] = field(default_factory=dict)
    order: str = ""
    points: int = 0


STORED_ONLY = Expected("applied")
TABLE = {
    "BILLING_ISSUE": STORED_ONLY,
    "CANCELLATION": STORED_ONLY,
    "CANCELLATION.refund": Expected("applied", line={"is_over": True, "end_reason": "REFUND"}, order="refunded"),
    "CANCELLATION.trial": STORED_ONLY,
    "EXPERIMENT_ENROLLMENT": Expected("ignored", "an experiment"),
    "EXPIRATION": STORED_ONLY,
    "INITIAL_PURCHASE": Expected("applied", line={"will_renew": True, "is_over": False}, order="paid"),
    "INITIAL_PURCHASE.trial": Expected("applied", line={"period_type": "TRIAL", "will_renew": True}, order="trial"),
    "INVOICE_ISSUANCE": Expected("ignored", "an unpaid invoice"),
    "NON_RENEWING_PURCHASE": Expected("applied", order="paid", points=2100),
    "NON_RENEWING_PURCHASE.promotional": Expected("applied", line={"will_renew": False, "is_over": False}),
    "PRICE_INCREASE_CONSENT_APPROVED": Expected("ignored", "a price question"),
    "PRICE_INCREASE_CONSENT_REQUIRED": Expected("ignored", "a price question"),
    "PRODUCT_CHANGE": STORED_ONLY,
    "PURCHASE_REDEEMED": STORED_ONLY,
    "REFUND_REVERSED": Expected("applied", line={"is_over": False}, order="refund_reversed"),
    "RENEWAL": Expected("applied", line={"will_renew": True, "is_over": False}, order="paid"),
    "SUBSCRIBER_ALIAS": STORED_ONLY,
    "SUBSCRIPTION_EXTENDED": STORED_ONLY,
    "SUBSCRIPTION_PAUSED": STORED_ONLY,
    "TEMPORARY_ENTITLEMENT_GRANT": Expected("ignored", "lends access to no date"),
    "TEST": Expected("ignored", "a test from the dashboard"),
    "TRANSFER": Expected("unmatched", "no such user to transfer to"),
    "UNCANCELLATION": STORED_ONLY,
    "VIRTUAL_CURRENCY_TRANSACTION": Expected("ignored", "points are kept here, not by RevenueCat"),
}
NOT_STORED = [name for name in SAMPLES if name.startswith("PAYWALL_")]


@pytest.fixture
def customer(user: User) -> User:
    """Known under the names of the samples."""
    for name in ("1234567890", "41234567890"):
        CustomerAlias.objects.create(name=name, user=user)
    for name in ("123456789123", "ABCD-1234-123456789123"):
        tail = name if "ABCD" in name else f"1234-1234-{name}"
        CustomerAlias.objects.create(name=f"$RCAnonymousID:12345678-1234-{tail}", user=user)
    return user


@pytest.fixture
def shop(db: None) -> None:
    """`pro` makes VIPs; products that are not listed give it by their entitlement."""
    SubscriptionProduct.objects.create(product_id="com.subscription.weekly", plan="weekly", entitlement="pro")
    SubscriptionProduct.objects.create(product_id="premium", plan="monthly", entitlement="Premium1")
    for product in ("com.revenuecat.myapp.weekly", "com.subscription.monthly", "com.revenuecat.myapp.monthly"):
        SubscriptionProduct.objects.create(product_id=product, plan="monthly", entitlement="pro")
    PointsPack.objects.create(product_id="2100_tokens", points=2100)


def deliver(anonymous: Any, name: str) -> Any:
    body = (PAYLOADS / "revenuecat" / f"{name}.json").read_bytes()
    headers = {"Authorization": WEBHOOK_SECRET}
    return anonymous.post("/api/v1/webhooks/revenuecat", body, content_type="application/json", headers=headers)


def test_the_table_names_every_sample() -> None:
    assert sorted([*TABLE, *NOT_STORED]) == SAMPLES


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_sample_ends_as_the_decision_table_says(customer: User, shop: None, anonymous: Any, name: str) -> None:
    expected = TABLE[name]
    answer = deliver(anonymous, name)
    assert (answer.status_code, answer.json()) == (200, {"status": "accepted"})
    event = RevenueCatEvent.objects.get()
    assert (event.outcome, event.reason) == (expected.outcome, expected.reason)
    assert [told_of(row, expected.line) for row in Subscription.objects.all()] == (
        [expected.line] if expected.line else []
    )
    assert [order.status for order in Order.objects.all()] == ([expected.order] if expected.order else [])
    assert ledger.balance(customer.id) == expected.points


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_sample_for_nobody_changes_nothing_for_anybody(user: User, shop: None, anonymous: Any, name: str) -> None:
    assert deliver(anonymous, name).status_code == 200
    assert RevenueCatEvent.objects.get().outcome in ("unmatched", "ignored")
    assert not Order.objects.exists()
    assert not Subscription.objects.exclude(user=None).exists()
    user.refresh_from_db()
    assert (user.vip_expires_at, user.vip_is_lifetime, ledger.balance(user.id)) == (None, False, 0)


@pytest.mark.parametrize("name", NOT_STORED)
def test_what_every_opening_of_an_app_sends_is_not_kept(db: None, anonymous: Any, name: str) -> None:
    answer = deliver(anonymous, name)
    assert (answer.status_code, answer.json()) == (200, {"status": "ignored"})
    assert not RevenueCatEvent.objects.exists()


def test_a_type_that_is_new_to_us_is_kept(user: User, send_event: Callable[..., Any]) -> None:
    assert send_event("TEST", type="FUTURE_TYPE").status_code == 200
    event = RevenueCatEvent.objects.get()
    assert (event.outcome, event.reason) == ("ignored", "unknown type")


@pytest.mark.parametrize("entitlements", [None, ["vip"]])
def test_a_product_nobody_knows_gives_nothing_until_it_is_in_the_catalogue(
    user: User, send_event: Callable[..., Any], entitlements: list[str] | None
) -> None:
    assert "vip" in catalogue.current().entitlements
    fields = {"app_user_id": str(user.billing_user_id), "product_id": "points_new", "entitlement_ids": entitlements}
    send_event("NON_RENEWING_PURCHASE", **fields)
    event = RevenueCatEvent.objects.get()
    assert (event.outcome, event.reason, ledger.balance(user.id)) == ("unmatched", "unknown product", 0)


@pytest.mark.parametrize("order", [*permutations(["NON_RENEWING_PURCHASE", "CANCELLATION", "REFUND_REVERSED"])])
def test_a_pack_that_carries_the_entitlement_of_vip_is_credited_once_it_is_in_the_catalogue(
    user: User, send_event: Callable[..., Any], order: tuple[str, ...]
) -> None:
    bought = pack(user, product_id="points_new", entitlement_ids=["vip"], expiration_at_ms=None)
    when = {"NON_RENEWING_PURCHASE": 0, "CANCELLATION": 1, "REFUND_REVERSED": 2}
    for kind in order:
        send_event(kind, **bought, cancel_reason="CUSTOMER_SUPPORT", event_timestamp_ms=NOW_MS + when[kind])
    PointsPack.objects.create(product_id="points_new", points=900)
    for event in RevenueCatEvent.objects.order_by("id"):
        webhook.process(event)
    assert (Order.objects.get().kind, ledger.balance(user.id)) == ("points", 900)


def told_of(row: Subscription, expected: dict[str, Any]) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("will_renew", "end_reason", "period_type")}
    told["is_over"] = row.ended_at is not None
    return {name: told[name] for name in expected}
