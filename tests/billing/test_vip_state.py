"""Whoever tells whether somebody is VIP tells the same at every moment: profile, subscription, order, weekly reward."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from apps.accounts import vip
from apps.accounts.models import Device, User
from apps.accounts.vip_state import LIVE
from apps.billing import late_rewards
from apps.billing.models import Subscription
from apps.billing.revenuecat import moment
from apps.points.reward_week import RewardWeek
from tests.billing.conftest import WEEK_MS, named

START_MS = 1_895_000_000_000
STEP_MS = WEEK_MS // 4
JUST = timedelta(milliseconds=1)
PERIOD: dict[str, Any] = {"product_id": "weekly_001", "store": "APP_STORE"}
FOR_GOOD: dict[str, Any] = {"product_id": "lifetime_001", "store": "PLAY_STORE", "expiration_at_ms": None}
CHANGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("INITIAL_PURCHASE", {}),
    ("INITIAL_PURCHASE", {"period_type": "TRIAL"}),
    ("RENEWAL", {}),
    ("RENEWAL", {"expiration_at_ms": None}),
    ("CANCELLATION", {"cancel_reason": "UNSUBSCRIBE", "price": 0}),
    ("CANCELLATION", {"cancel_reason": "CUSTOMER_SUPPORT"}),
    ("UNCANCELLATION", {}),
    ("BILLING_ISSUE", {"grace_period_expiration_at_ms": START_MS + 6 * STEP_MS}),
    ("BILLING_ISSUE", {"grace_period_expiration_at_ms": None}),
    ("SUBSCRIPTION_EXTENDED", {"expiration_at_ms": START_MS + 7 * STEP_MS}),
    ("SUBSCRIPTION_EXTENDED", {"expiration_at_ms": START_MS - STEP_MS}),
    ("SUBSCRIPTION_PAUSED", {"auto_resume_at_ms": START_MS + 9 * STEP_MS}),
    ("EXPIRATION", {"expiration_reason": "UNSUBSCRIBE"}),
    ("EXPIRATION", {"expiration_reason": "SUBSCRIPTION_PAUSED"}),
    ("TEMPORARY_ENTITLEMENT_GRANT", {}),
    ("REFUND_REVERSED", {}),
)
OF_GOOD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("NON_RENEWING_PURCHASE", {}),
    ("BILLING_ISSUE", {"grace_period_expiration_at_ms": START_MS + 2 * STEP_MS}),
    ("CANCELLATION", {"cancel_reason": "CUSTOMER_SUPPORT"}),
    ("EXPIRATION", {"expiration_reason": "UNKNOWN"}),
    ("REFUND_REVERSED", {}),
)
Told = tuple[str, dict[str, Any], int, int, int]


def told(changes: tuple[tuple[str, dict[str, Any]], ...], lines: st.SearchStrategy[int]) -> st.SearchStrategy[Told]:
    """A change, when (in steps), of which line, and in which of its periods."""
    steps = st.integers(0, 10)
    return st.builds(lambda change, *rest: (*change, *rest), st.sampled_from(changes), steps, lines, st.integers(0, 2))


histories = st.lists(st.one_of(told(CHANGES, st.integers(0, 1)), told(OF_GOOD, st.just(2))), min_size=1, max_size=8)
REFUND = {"cancel_reason": "CUSTOMER_SUPPORT"}


def happen(user: User, history: list[Told], send_event: Callable[..., Any]) -> None:
    for kind, fields, step, line, number in history:
        started = START_MS + (4 * number * STEP_MS if line < 2 else 0)
        ids = {"transaction_id": f"{user.id}-{line}-{number if line < 2 else 0}"}
        ids["original_transaction_id"] = f"{user.id}-{line}"
        times = {"purchased_at_ms": started, "event_timestamp_ms": START_MS + step * STEP_MS}
        ends = {"expiration_at_ms": started + WEEK_MS}
        product = PERIOD if line < 2 else FOR_GOOD
        body = {"period_type": "NORMAL"} | named(user) | ids | times | ends | product | fields
        assert send_event(kind, **body).status_code == 200


def turns(user: User) -> set[datetime]:
    """Every moment at which something begins or ends, and just before it."""
    names = ("started_at", "expires_at", "grace_expires_at", "ended_at")
    found = {getattr(row, name) for row in Subscription.objects.filter(user=user) for name in names} - {None}
    return found | {turn - JUST for turn in found}


def what_everybody_tells(user: User, app: APIClient, at: datetime) -> dict[str, bool]:
    with mock.patch.object(timezone, "now", return_value=at):
        profile = app.get("/api/v1/user/profile").json()["vip"]
        subscription = app.get("/api/v1/subscription").json()
    assert profile["state"] == subscription["state"]
    assert profile["is_lifetime"] == (subscription["state"] == "lifetime")
    return {
        "the profile": profile["is_vip"],
        "its state": profile["state"] in LIVE,
        "the subscription": subscription["is_vip"],
        "its benefits": subscription["benefits"]["weekly_points"] > 0,
        # As submission.py asks.
        "price, limits and turn of an order": vip.is_vip(user, at),
        "the weekly reward": User.objects.vips(at).filter(id=user.id).exists(),
    }


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(history=histories)
@example(history=[("INITIAL_PURCHASE", {}, 0, 0, 0), ("CANCELLATION", REFUND, 3, 0, 0)])
@example(history=[("NON_RENEWING_PURCHASE", {}, 0, 2, 0), ("CANCELLATION", REFUND, 3, 2, 0)])
def test_all_tell_the_same_at_every_moment(
    db: None, new_device: Callable[[], Device], send_event: Callable[..., Any], history: list[Told]
) -> None:
    # Of the history before this one.
    Subscription.objects.all().delete()
    user = new_device().user
    happen(user, history, send_event)
    user.refresh_from_db()
    app = APIClient()
    app.force_authenticate(user)
    all_told = moment(START_MS + max(step for _, _, step, _, _ in history) * STEP_MS)
    for at in sorted({all_told, *turns(user)}):
        told = what_everybody_tells(user, app, at)
        if at >= all_told:
            told["the reward of a week that is over"] = late_rewards.count_past(RewardWeek(at)) > 0
        assert len({*told.values()}) == 1, (at, told)
