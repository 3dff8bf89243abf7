"""What the app sees of its purchases."""

import time
from collections.abc import Callable
from typing import Any

from rest_framework.test import APIClient

from apps.accounts.models import Device, User
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


def test_an_active_subscription(app: APIClient, user: User, send_event: Callable[..., Any]) -> None:
    send_event("INITIAL_PURCHASE", **bought(user))
    body = app.get("/api/v1/subscription").json()
    assert (body["is_vip"], body["state"], body["product_id"], body["will_renew"]) == (
        True,
        "active",
        "weekly_001",
        True,
    )
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
    assert app.get(f"/api/v1/orders/{order['id']}").json() == order
    stranger = app_of(new_device())
    assert stranger.get("/api/v1/orders").json()["items"] == []
    assert stranger.get(f"/api/v1/orders/{order['id']}").status_code == 404
