"""A week of VIP and a pack of points, as RevenueCat's webhooks tell them, and as its API does."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.accounts.models import User
from apps.points.models import PointTransaction
from dev.fake_revenuecat import FakeRevenueCat

NOW_MS = int(time.time()) * 1000
HOUR_MS = 3_600_000
WEEK_MS = 168 * HOUR_MS
SYNC = "/api/v1/subscription/sync"


def named(user: User) -> dict[str, Any]:
    name = str(user.billing_user_id)
    return {"app_user_id": name, "original_app_user_id": name, "aliases": [name]}


def pack(user: User, **fields: Any) -> dict[str, Any]:
    product = {"product_id": "points_1000", "transaction_id": "p-1", "original_transaction_id": "p-1"}
    return named(user) | product | {"environment": "SANDBOX", "purchased_at_ms": NOW_MS} | fields


def period(user: User, **fields: Any) -> dict[str, Any]:
    product = {"product_id": "weekly_001", "transaction_id": "s-1", "original_transaction_id": "s-1"}
    times = {"event_timestamp_ms": NOW_MS, "purchased_at_ms": NOW_MS, "expiration_at_ms": NOW_MS + WEEK_MS}
    return named(user) | product | times | {"environment": "SANDBOX"} | fields


def iso(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def week(**fields: Any) -> dict[str, Any]:
    entry = {
        "store": "app_store",
        "is_sandbox": True,
        "store_transaction_id": "s-1",
        "purchase_date": iso(NOW_MS),
        "expires_date": iso(NOW_MS + WEEK_MS),
        "period_type": "normal",
        "ownership_type": "PURCHASED",
        "price": {"amount": 4.99, "currency": "USD"},
    }
    return {"subscriptions": {"weekly_001": entry | fields}}


def tokens(**fields: Any) -> dict[str, Any]:
    entry = {
        "id": "0a1b",
        "store": "app_store",
        "is_sandbox": True,
        "store_transaction_id": 1000000819074923,
        "purchase_date": iso(NOW_MS),
        "price": {"amount": 2.99, "currency": "USD"},
    }
    return {"non_subscriptions": {"points_1000": [entry | fields]}}


def lifetime() -> dict[str, Any]:
    entry = {"store": "app_store", "is_sandbox": True, "store_transaction_id": "l-1", "purchase_date": iso(NOW_MS)}
    return {"non_subscriptions": {"lifetime_001": [entry]}}


def give(revenuecat: FakeRevenueCat, user: User, *purchases: dict[str, Any]) -> None:
    revenuecat.customers[str(user.billing_user_id)] = {
        kind: entries for purchase in purchases for kind, entries in purchase.items()
    }


def points_bought(user: User) -> int:
    """Without the reward of a week that has begun since NOW_MS."""
    rows = PointTransaction.objects.filter(user=user, kind="purchase")
    return sum(rows.values_list("amount", flat=True))


@pytest.fixture
def vip(user: User, send_event: Callable[..., Any]) -> User:
    """Has bought a week."""
    send_event("INITIAL_PURCHASE", **period(user))
    return user
