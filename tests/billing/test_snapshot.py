"""Where rows are not as RevenueCat's API says, the next sync makes it good, once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import Device, User
from apps.billing import snapshot
from apps.billing.models import Order, RevenueCatEvent, Subscription
from apps.billing.revenuecat import moment
from dev.fake_revenuecat import FakeRevenueCat
from tests.billing.conftest import HOUR_MS, NOW_MS, SYNC, WEEK_MS, give, iso, lifetime, period, week

LIFETIME = {
    "product_id": "lifetime_001",
    "transaction_id": "l-1",
    "original_transaction_id": "l-1",
    "expiration_at_ms": None,
}


@pytest.mark.parametrize(("ago_ms", "state"), [(2 * HOUR_MS, "active"), (0, "expired")])
def test_a_missed_reversal_of_a_refund_is_made_good_once_the_api_must_know_of_the_refund(
    app: APIClient,
    user: User,
    revenuecat: FakeRevenueCat,
    send_event: Callable[..., Any],
    ago_ms: int,
    state: str,
) -> None:
    bought = {"purchased_at_ms": NOW_MS - 3 * HOUR_MS, "event_timestamp_ms": NOW_MS - 3 * HOUR_MS}
    send_event("INITIAL_PURCHASE", **period(user, **bought))
    refunded = bought | {"event_timestamp_ms": NOW_MS - ago_ms, "cancel_reason": "CUSTOMER_SUPPORT"}
    send_event("CANCELLATION", **period(user, **refunded))
    give(revenuecat, user, week(purchase_date=iso(NOW_MS - 3 * HOUR_MS)))
    assert app.post(SYNC).json()["subscription"]["is_vip"] is (state == "active")
    app.post(SYNC)
    events = RevenueCatEvent.objects.count()
    assert app.post(SYNC).json()["subscription"]["state"] == state
    assert RevenueCatEvent.objects.count() == events


def test_a_refunded_period_that_is_over_is_left_alone(
    app: APIClient, user: User, revenuecat: FakeRevenueCat, send_event: Callable[..., Any]
) -> None:
    bought = {"purchased_at_ms": NOW_MS - WEEK_MS, "expiration_at_ms": NOW_MS - HOUR_MS}
    send_event("INITIAL_PURCHASE", **period(user, **bought | {"event_timestamp_ms": NOW_MS - WEEK_MS}))
    refunded = {"event_timestamp_ms": NOW_MS - 2 * HOUR_MS, "cancel_reason": "CUSTOMER_SUPPORT"}
    send_event("CANCELLATION", **period(user, **bought | refunded))
    give(revenuecat, user, week(purchase_date=iso(NOW_MS - WEEK_MS), expires_date=iso(NOW_MS - HOUR_MS)))
    app.post(SYNC)
    assert RevenueCatEvent.objects.count() == 2


def test_a_second_refund_that_was_missed_is_made_good(
    app: APIClient, user: User, revenuecat: FakeRevenueCat, send_event: Callable[..., Any]
) -> None:
    give(revenuecat, user, week(refunded_at=iso(NOW_MS + 1000)))
    app.post(SYNC)
    send_event("REFUND_REVERSED", **period(user, event_timestamp_ms=NOW_MS + 2000))
    give(revenuecat, user, week(refunded_at=iso(NOW_MS + 3000)))
    assert app.post(SYNC).json()["subscription"]["state"] == "expired"
    assert Order.objects.get().status == "refunded"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"unsubscribe_detected_at": iso(NOW_MS)}, ""), ({"refunded_at": iso(NOW_MS + HOUR_MS)}, "REFUND")],
)
def test_what_happens_to_a_period_before_it_begins_is_told_once(
    app: APIClient,
    user: User,
    revenuecat: FakeRevenueCat,
    send_event: Callable[..., Any],
    fields: dict[str, Any],
    reason: str,
) -> None:
    """Apple charges up to a day before. What is to end within the hour has not ended yet."""
    send_event("INITIAL_PURCHASE", **period(user, purchased_at_ms=NOW_MS - HOUR_MS))
    begins = {"store_transaction_id": "s-2", "purchase_date": iso(NOW_MS + 12 * HOUR_MS)}
    give(revenuecat, user, week(**begins))
    app.post(SYNC)
    give(revenuecat, user, week(**begins | fields))
    for _ in range(2):
        assert app.post(SYNC).json()["subscription"]["state"] == "canceled"
        assert Subscription.objects.get().end_reason == reason
    assert RevenueCatEvent.objects.count() == 3


def test_a_period_that_is_refunded_before_it_begins_is_over_when_it_is_first_told(
    app: APIClient, user: User, revenuecat: FakeRevenueCat, send_event: Callable[..., Any]
) -> None:
    send_event("INITIAL_PURCHASE", **period(user, purchased_at_ms=NOW_MS - HOUR_MS))
    begins = {"store_transaction_id": "s-2", "purchase_date": iso(NOW_MS + 12 * HOUR_MS)}
    give(revenuecat, user, week(**begins, refunded_at=iso(NOW_MS)))
    assert app.post(SYNC).json()["subscription"]["state"] == "expired"


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"unsubscribe_detected_at": iso(NOW_MS)}, "canceled"),
        ({"refunded_at": iso(NOW_MS)}, "expired"),
        ({"expires_date": iso(NOW_MS + 2 * WEEK_MS)}, "active"),
        ({"period_type": "trial"}, "active"),
    ],
)
def test_a_missed_change_is_made_good(
    app: APIClient,
    user: User,
    revenuecat: FakeRevenueCat,
    send_event: Callable[..., Any],
    fields: dict[str, Any],
    state: str,
) -> None:
    send_event("INITIAL_PURCHASE", **period(user))
    give(revenuecat, user, week(**fields))
    body = app.post(SYNC).json()["subscription"]
    assert body["state"] == state
    if "expires_date" in fields:
        assert Subscription.objects.get().expires_at == datetime.fromisoformat(fields["expires_date"])


def test_a_line_that_was_ended_by_mistake_lives_again(
    app: APIClient, user: User, revenuecat: FakeRevenueCat, send_event: Callable[..., Any]
) -> None:
    send_event("INITIAL_PURCHASE", **period(user))
    send_event("EXPIRATION", **period(user, event_timestamp_ms=NOW_MS + 1))
    give(revenuecat, user, week())
    assert app.post(SYNC).json()["subscription"]["state"] == "active"


def test_a_missed_transfer_is_made_good(
    app: APIClient,
    user: User,
    new_device: Callable[[], Device],
    revenuecat: FakeRevenueCat,
    send_event: Callable[..., Any],
) -> None:
    giver = new_device().user
    send_event("INITIAL_PURCHASE", **period(giver))
    give(revenuecat, user, week())
    app.post(SYNC)
    giver.refresh_from_db()
    user.refresh_from_db()
    assert (giver.vip_expires_at, user.vip_expires_at is None) == (None, False)


def test_an_end_that_the_api_says_was_earlier_is_made_good(
    app: APIClient, user: User, revenuecat: FakeRevenueCat, send_event: Callable[..., Any]
) -> None:
    start, end = iso(NOW_MS - WEEK_MS // 2), iso(NOW_MS - HOUR_MS)
    times = {"purchased_at_ms": NOW_MS - WEEK_MS // 2, "event_timestamp_ms": NOW_MS - WEEK_MS // 2}
    send_event("INITIAL_PURCHASE", **period(user, **times))
    give(revenuecat, user, week(purchase_date=start, expires_date=end))
    for _ in range(2):
        body = app.post(SYNC).json()["subscription"]
        assert (body["is_vip"], body["state"]) == (False, "expired")
    assert Subscription.objects.get().expires_at == datetime.fromisoformat(end)
    assert RevenueCatEvent.objects.count() == 2


def test_a_missed_transfer_of_a_lifetime_is_made_good(
    app: APIClient,
    user: User,
    new_device: Callable[[], Device],
    revenuecat: FakeRevenueCat,
    send_event: Callable[..., Any],
) -> None:
    giver = new_device().user
    send_event("NON_RENEWING_PURCHASE", **period(giver, **LIFETIME))
    give(revenuecat, user, lifetime())
    for _ in range(2):
        assert app.post(SYNC).json()["subscription"]["state"] == "lifetime"
    giver.refresh_from_db()
    assert not giver.vip_is_lifetime
    assert RevenueCatEvent.objects.count() == 2
    assert Order.objects.get().user == giver


def test_a_lifetime_that_was_refunded_is_nobodys_by_a_sync(
    app: APIClient,
    user: User,
    new_device: Callable[[], Device],
    revenuecat: FakeRevenueCat,
    send_event: Callable[..., Any],
) -> None:
    bought = period(new_device().user, **LIFETIME)
    send_event("NON_RENEWING_PURCHASE", **bought)
    send_event("CANCELLATION", **bought | {"event_timestamp_ms": NOW_MS + 1, "cancel_reason": "CUSTOMER_SUPPORT"})
    give(revenuecat, user, lifetime())
    assert app.post(SYNC).json()["subscription"]["is_vip"] is False


@pytest.mark.parametrize("subscriptions", [[], None, {"weekly_001": None}, {"weekly_001": {"purchase_date": 7}}])
def test_rubbish_inside_the_answer_does_nothing(
    app: APIClient, user: User, revenuecat: FakeRevenueCat, subscriptions: Any
) -> None:
    give(revenuecat, user, {"subscriptions": subscriptions, "non_subscriptions": subscriptions})
    assert app.post(SYNC).status_code == 200
    assert not RevenueCatEvent.objects.exists()


class TestAChargeThatFailed:
    GRACE_MS = NOW_MS + 12 * HOUR_MS

    def bought(self, user: User, end_ms: int) -> dict[str, Any]:
        start = end_ms - WEEK_MS
        return period(user, purchased_at_ms=start, event_timestamp_ms=start, expiration_at_ms=end_ms)

    def told(self, end_ms: int) -> dict[str, Any]:
        """By the API."""
        failed = {"billing_issues_detected_at": iso(end_ms - HOUR_MS), "grace_period_expires_date": iso(self.GRACE_MS)}
        return week(purchase_date=iso(end_ms - WEEK_MS), expires_date=iso(end_ms), **failed)

    @pytest.mark.parametrize(
        ("end_ms", "state"), [(NOW_MS - 2 * HOUR_MS, "grace"), (NOW_MS + 2 * HOUR_MS, "active")], ids=["over", "lasts"]
    )
    def test_lends_the_period_of_grace_also_when_its_webhook_was_missed(
        self,
        app: APIClient,
        user: User,
        revenuecat: FakeRevenueCat,
        send_event: Callable[..., Any],
        end_ms: int,
        state: str,
    ) -> None:
        send_event("INITIAL_PURCHASE", **self.bought(user, end_ms))
        give(revenuecat, user, self.told(end_ms))
        for _ in range(2):
            body = app.post(SYNC).json()["subscription"]
            assert (body["state"], body["is_vip"], body["will_renew"]) == (state, True, False)
        assert Subscription.objects.get().grace_expires_at == moment(self.GRACE_MS)
        assert RevenueCatEvent.objects.count() == 2

    def test_lends_it_to_who_got_the_line_by_a_transfer_that_was_missed(
        self,
        app: APIClient,
        user: User,
        new_device: Callable[[], Device],
        revenuecat: FakeRevenueCat,
        send_event: Callable[..., Any],
    ) -> None:
        end_ms = NOW_MS - 2 * HOUR_MS
        bought = self.bought(new_device().user, end_ms)
        send_event("INITIAL_PURCHASE", **bought)
        failed = {"event_timestamp_ms": end_ms, "grace_period_expiration_at_ms": self.GRACE_MS}
        send_event("BILLING_ISSUE", **bought | failed)
        give(revenuecat, user, self.told(end_ms))
        assert app.post(SYNC).json()["subscription"]["state"] == "grace"


@pytest.mark.parametrize(
    ("is_sandbox", "environment"), [(False, "PRODUCTION"), (True, "SANDBOX"), (None, "SANDBOX"), ("no", "SANDBOX")]
)
def test_only_what_is_told_to_be_bought_in_earnest_is(is_sandbox: Any, environment: str) -> None:
    (purchase,) = snapshot.purchases({"subscriber": week(is_sandbox=is_sandbox)}, "a customer")
    assert purchase.fields["environment"] == environment


def test_a_product_gives_its_own_entitlements_alone() -> None:
    entitlements = {"vip": {"product_identifier": "weekly_001"}, "other": {"product_identifier": "yearly_001"}}
    (purchase,) = snapshot.purchases({"subscriber": week() | {"entitlements": entitlements}}, "a customer")
    assert purchase.fields["entitlement_ids"] == ["vip"]
