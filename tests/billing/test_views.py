"""What the app sees of its purchases."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import Device, User
from apps.billing.models import Subscription
from apps.remoteconfig.models import SubscriptionProduct
from tests.conftest import app_of

NOW_MS = int(time.time() * 1000)
WEEK_MS = 604_800_000


def bought(user: User, **fields: Any) -> dict[str, Any]:
    return {
        "app_user_id": str(user.billing_user_id),
        "product_id": "weekly_001",
        "transaction_id": "t-1",
        "original_transaction_id": "t-1",
        "event_timestamp_ms": NOW_MS,
        "purchased_at_ms": NOW_MS,
        "expiration_at_ms": NOW_MS + WEEK_MS,
        "environment": "SANDBOX",
        **fields,
    }


def test_who_bought_nothing_has_no_subscription(app: APIClient) -> None:
    body = app.get("/api/v1/subscription").json()
    assert (body["is_vip"], body["state"], body["expires_at"]) == (False, "none", None)
    assert body["benefits"] == {"weekly_points": 0, "active_tasks": 2}


def told(app: APIClient) -> tuple[str, str]:
    """The state by the profile, and by the subscription."""
    profile, subscription = app.get("/api/v1/user/profile").json(), app.get("/api/v1/subscription").json()
    return profile["vip"]["state"], subscription["state"]


def test_the_profile_tells_the_state_that_the_subscription_has(
    app: APIClient, user: User, send_event: Callable[..., Any]
) -> None:
    assert told(app) == ("none", "none")
    send_event("INITIAL_PURCHASE", **bought(user))
    assert told(app) == ("active", "active")
    send_event("CANCELLATION", **bought(user, cancel_reason="UNSUBSCRIBE", event_timestamp_ms=NOW_MS + 1, price=0))
    assert told(app) == ("canceled", "canceled")
    send_event("EXPIRATION", **bought(user, event_timestamp_ms=NOW_MS + 2, expiration_at_ms=NOW_MS + 1))
    assert told(app) == ("expired", "expired")


def test_a_line_that_never_made_anybody_vip_has_no_state_in_either(
    app: APIClient, user: User, send_event: Callable[..., Any]
) -> None:
    send_event("INITIAL_PURCHASE", **bought(user, expiration_at_ms=None))
    assert Subscription.objects.get(user=user).expires_at is None
    assert told(app) == ("none", "none")


def test_an_active_subscription(app: APIClient, user: User, send_event: Callable[..., Any]) -> None:
    send_event("INITIAL_PURCHASE", **bought(user))
    body = app.get("/api/v1/subscription").json()
    assert (body["is_vip"], body["state"], body["product_id"], body["will_renew"]) == (
        True,
        "active",
        "weekly_001",
        True,
    )
    assert body["benefits"] == {"weekly_points": 2000, "active_tasks": 5}
    assert app.get("/api/v1/user/profile").json()["vip"]["is_vip"] is True


def test_a_canceled_one_lasts_to_its_end(app: APIClient, user: User, send_event: Callable[..., Any]) -> None:
    send_event("INITIAL_PURCHASE", **bought(user))
    send_event("CANCELLATION", **bought(user, cancel_reason="UNSUBSCRIBE", event_timestamp_ms=NOW_MS + 1, price=0))
    body = app.get("/api/v1/subscription").json()
    assert (body["is_vip"], body["state"], body["cancel_reason"]) == (True, "canceled", "unsubscribe")


def test_an_expired_one_is_none_any_more(app: APIClient, user: User, send_event: Callable[..., Any]) -> None:
    send_event(
        "INITIAL_PURCHASE", **bought(user, purchased_at_ms=NOW_MS - 2 * WEEK_MS, expiration_at_ms=NOW_MS - WEEK_MS)
    )
    body = app.get("/api/v1/subscription").json()
    assert (body["is_vip"], body["state"]) == (False, "expired")


def test_a_lifetime_outlasts_the_end_of_another_line(
    app: APIClient, user: User, send_event: Callable[..., Any]
) -> None:
    line = {"transaction_id": "t-2", "original_transaction_id": "t-2"}
    send_event("NON_RENEWING_PURCHASE", **bought(user, product_id="lifetime_001", expiration_at_ms=None, **line))
    send_event("INITIAL_PURCHASE", **bought(user))
    send_event("EXPIRATION", **bought(user, event_timestamp_ms=NOW_MS + 1))
    body = app.get("/api/v1/subscription").json()
    assert (body["is_vip"], body["state"], body["expires_at"]) == (True, "lifetime", None)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("INITIAL_PURCHASE", {}),
        ("NON_RENEWING_PURCHASE", {"product_id": "lifetime_001", "expiration_at_ms": None}),
    ],
    ids=["weekly", "lifetime"],
)
def test_what_was_paid_back_ended_then_and_not_when_it_would_have(
    app: APIClient, user: User, send_event: Callable[..., Any], kind: str, fields: dict[str, Any]
) -> None:
    send_event(kind, **bought(user, **fields))
    refund = {"cancel_reason": "CUSTOMER_SUPPORT", "event_timestamp_ms": NOW_MS + 1}
    send_event("CANCELLATION", **bought(user, **fields, **refund))
    body = app.get("/api/v1/subscription").json()
    ended = app.get("/api/v1/user/profile").json()["vip"]["expires_at"]
    assert (body["is_vip"], body["state"], body["expires_at"]) == (False, "expired", ended)
    assert ended


def test_orders_are_listed_with_price_and_points_to_their_owner_only(
    app: APIClient, user: User, send_event: Callable[..., Any], new_device: Callable[[], Device]
) -> None:
    send_event(
        "NON_RENEWING_PURCHASE",
        **bought(user, product_id="points_1000", price_in_purchased_currency=2.99, currency="USD"),
    )
    order = app.get("/api/v1/orders").json()["items"][0]
    assert (order["kind"], order["status"], order["price"], order["currency"]) == ("points", "paid", "2.99", "USD")
    assert order["points_granted"] == 1000
    in_korean = app.get("/api/v1/orders", headers={"Accept-Language": "ko"}).json()["items"][0]
    assert (order["title"], in_korean["title"]) == ("1000 points", "1000포인트")
    assert app.get(f"/api/v1/orders/{order['id']}").json() == order
    stranger = app_of(new_device())
    assert stranger.get("/api/v1/orders").json()["items"] == []
    assert stranger.get(f"/api/v1/orders/{order['id']}").status_code == 404


def test_what_can_be_bought_is_told_with_the_ids_of_both_stores(anonymous: APIClient, db: None) -> None:
    for product_id in ("weekly_001:p1w", "yearly_001"):
        plan = "weekly" if "weekly" in product_id else "yearly"
        SubscriptionProduct.objects.create(product_id=product_id, plan=plan, title=f"A {plan} VIP", sort=1)
    SubscriptionProduct.objects.create(product_id="lifetime_001", plan="lifetime", is_offered=False)
    items = {item["id"]: item for item in anonymous.get("/api/v1/subscription/products").json()["items"]}
    assert items.keys() == {"weekly_001", "yearly_001"}
    assert items["weekly_001"]["product_ids"] == {"app_store": "weekly_001", "play_store": "weekly_001:p1w"}
    assert (items["yearly_001"]["title"], items["yearly_001"]["weekly_points"]) == ("A yearly VIP", 2000)


def test_orders_are_listed_by_kind(app: APIClient, user: User, send_event: Callable[..., Any]) -> None:
    send_event("INITIAL_PURCHASE", **bought(user))
    send_event("NON_RENEWING_PURCHASE", **bought(user, product_id="points_1000", transaction_id="t-9"))
    kinds = [order["kind"] for order in app.get("/api/v1/orders", {"kind": "points"}).json()["items"]]
    assert kinds == ["points"]
    assert app.get("/api/v1/orders", {"kind": "gifts"}).status_code == 422


def test_somebody_elses_order_is_none(app: APIClient) -> None:
    answer = app.get("/api/v1/orders/1")
    assert (answer.status_code, answer.json()["code"]) == (404, "order_not_found")


@pytest.mark.parametrize(
    ("path", "kept"), [("", "private, no-cache"), ("/products", "public, max-age=300")], ids=["mine", "products"]
)
def test_what_an_app_has_already_is_not_sent_again(app: APIClient, path: str, kept: str) -> None:
    first = app.get(f"/api/v1/subscription{path}")
    again = app.get(f"/api/v1/subscription{path}", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Cache-Control"] == again["Cache-Control"] == kept


def test_a_purchase_makes_another_answer(app: APIClient, user: User, send_event: Callable[..., Any]) -> None:
    before = app.get("/api/v1/subscription")["ETag"]
    send_event("INITIAL_PURCHASE", **bought(user))
    assert app.get("/api/v1/subscription", headers={"If-None-Match": before}).status_code == 200
