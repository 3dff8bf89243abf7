"""A week of VIP and a pack of points, as RevenueCat tells them."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.accounts.models import User
from dev.fake_revenuecat import KEY, FakeRevenueCat

NOW_MS = int(time.time()) * 1000
HOUR_MS = 3_600_000
WEEK_MS = 168 * HOUR_MS


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


@pytest.fixture
def vip(user: User, send_event: Callable[..., Any]) -> User:
    """Has bought a week."""
    send_event("INITIAL_PURCHASE", **period(user))
    return user


@pytest.fixture
def revenuecat(settings: Any) -> Iterator[FakeRevenueCat]:
    fake = FakeRevenueCat()
    fake.start()
    settings.REVENUECAT_API_URL, settings.REVENUECAT_API_KEY = fake.url, KEY
    yield fake
    fake.stop()
