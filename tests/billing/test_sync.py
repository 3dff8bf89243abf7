"""What RevenueCat's API tells heals what its webhooks missed; what they bring afterwards is not doubled."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import Device, Session, User
from apps.billing import snapshot, sync, tasks, webhook
from apps.billing.models import Order, RevenueCatEvent, Subscription
from apps.billing.revenuecat import moment
from apps.points import ledger
from dev.fake_revenuecat import FakeRevenueCat
from tests.billing.conftest import HOUR_MS, NOW_MS, WEEK_MS, pack, period

SYNC = "/api/v1/subscription/sync"
LIFETIME = {
    "product_id": "lifetime_001",
    "transaction_id": "l-1",
    "original_transaction_id": "l-1",
    "expiration_at_ms": None,
}


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


def test_a_purchase_whose_webhook_is_late_shows_at_once(app: APIClient, user: User, revenuecat: FakeRevenueCat) -> None:
    give(revenuecat, user, week(), tokens())
    answer = app.post(SYNC)
    body = answer.json()
    assert (answer.status_code, body["subscription"]["state"], body["balance"]) == (200, "active", 1000)
    assert sorted(body["new_orders"]) == sorted(str(order.id) for order in Order.objects.all())
    assert Order.objects.get(kind="points").transaction_id == "1000000819074923"


def test_syncing_again_changes_nothing(app: APIClient, user: User, revenuecat: FakeRevenueCat) -> None:
    give(revenuecat, user, week(), tokens())
    app.post(SYNC)
    events = RevenueCatEvent.objects.count()
    assert app.post(SYNC).json()["new_orders"] == []
    assert RevenueCatEvent.objects.count() == events
    assert ledger.balance(user.id) == 1000


def test_the_webhook_that_comes_later_adds_nothing(
    app: APIClient, user: User, revenuecat: FakeRevenueCat, send_event: Callable[..., Any]
) -> None:
    give(revenuecat, user, week(), tokens())
    app.post(SYNC)
    number = "1000000819074923"
    send_event("NON_RENEWING_PURCHASE", **pack(user, transaction_id=number, original_transaction_id=number))
    send_event("INITIAL_PURCHASE", **period(user, purchased_at_ms=NOW_MS + 321))
    assert ledger.balance(user.id) == 1000
    assert Order.objects.count() == 2
    assert Subscription.objects.count() == 1


def test_the_webhook_that_comes_later_tells_how_many_were_bought(
    app: APIClient, user: User, revenuecat: FakeRevenueCat, send_event: Callable[..., Any]
) -> None:
    give(revenuecat, user, tokens())
    assert app.post(SYNC).json()["balance"] == 1000
    number = "1000000819074923"
    bought = pack(user, transaction_id=number, original_transaction_id=number, quantity=3)
    send_event("NON_RENEWING_PURCHASE", **bought, event_timestamp_ms=NOW_MS + 5_000)
    assert app.post(SYNC).json()["balance"] == 3000


def test_what_the_api_told_joins_the_line_that_a_webhook_names(
    app: APIClient, user: User, revenuecat: FakeRevenueCat, send_event: Callable[..., Any]
) -> None:
    give(revenuecat, user, week(store_transaction_id="s-7"))
    app.post(SYNC)
    assert Subscription.objects.get().original_transaction_id == "s-7"
    send_event("RENEWAL", **period(user, transaction_id="s-7", original_transaction_id="s-1"))
    assert Subscription.objects.get().original_transaction_id == "s-1"
    send_event("EXPIRATION", **period(user, transaction_id="s-7", event_timestamp_ms=NOW_MS + 1))
    user.refresh_from_db()
    assert user.vip_expires_at == moment(NOW_MS + 1)


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
    ("fields", "state"),
    [({"unsubscribe_detected_at": iso(NOW_MS)}, "canceled"), ({"refunded_at": iso(NOW_MS + HOUR_MS)}, "expired")],
)
def test_what_happens_to_a_period_before_it_begins_is_told_once(
    app: APIClient,
    user: User,
    revenuecat: FakeRevenueCat,
    send_event: Callable[..., Any],
    fields: dict[str, Any],
    state: str,
) -> None:
    """Apple charges up to a day before."""
    send_event("INITIAL_PURCHASE", **period(user, purchased_at_ms=NOW_MS - HOUR_MS))
    begins = {"store_transaction_id": "s-2", "purchase_date": iso(NOW_MS + 12 * HOUR_MS)}
    give(revenuecat, user, week(**begins))
    app.post(SYNC)
    give(revenuecat, user, week(**begins | fields))
    for _ in range(2):
        assert app.post(SYNC).json()["subscription"]["state"] == state
    assert RevenueCatEvent.objects.count() == 3


def test_a_period_that_is_refunded_before_it_begins_is_over_when_it_is_first_told(
    app: APIClient, user: User, revenuecat: FakeRevenueCat, send_event: Callable[..., Any]
) -> None:
    send_event("INITIAL_PURCHASE", **period(user, purchased_at_ms=NOW_MS - HOUR_MS))
    begins = {"store_transaction_id": "s-2", "purchase_date": iso(NOW_MS + 12 * HOUR_MS)}
    give(revenuecat, user, week(**begins, refunded_at=iso(NOW_MS)))
    assert app.post(SYNC).json()["subscription"]["state"] == "expired"


@pytest.mark.parametrize("store", ["PLAY_STORE", "APP_STORE"])
def test_what_was_taken_for_a_renewal_of_an_old_line_joins_the_new_one(
    app: APIClient, user: User, revenuecat: FakeRevenueCat, send_event: Callable[..., Any], store: str
) -> None:
    long_ago = {"purchased_at_ms": NOW_MS - 3 * WEEK_MS, "event_timestamp_ms": NOW_MS - 3 * WEEK_MS}
    send_event("INITIAL_PURCHASE", **period(user, store=store, **long_ago | {"expiration_at_ms": NOW_MS - 2 * WEEK_MS}))
    give(revenuecat, user, week(store=store.lower(), store_transaction_id="s-2"))
    assert app.post(SYNC).json()["subscription"]["is_vip"]
    new = {"store": store, "transaction_id": "s-2", "original_transaction_id": "s-2"}
    send_event("INITIAL_PURCHASE", **period(user, **new))
    send_event("CANCELLATION", **period(user, **new, price=-4.99) | {"event_timestamp_ms": NOW_MS + 1})
    old_line, new_line = Subscription.objects.order_by("original_transaction_id")
    assert (old_line.expires_at, new_line.ended_at) == (moment(NOW_MS - 2 * WEEK_MS), moment(NOW_MS + 1))
    user.refresh_from_db()
    assert user.vip_expires_at == moment(NOW_MS + 1)


def test_what_the_api_told_joins_a_line_that_a_webhook_has_named_meanwhile(
    user: User, send_event: Callable[..., Any]
) -> None:
    send_event("RENEWAL", **period(user, transaction_id="s-7"))
    (purchase,) = snapshot.purchases({"subscriber": week(store_transaction_id="s-7")}, str(user.billing_user_id))
    purchase.fields["original_transaction_id"] = "s-7"
    told, _ = webhook.receive(json.dumps(snapshot.told(purchase, NOW_MS)).encode(), RevenueCatEvent.Source.SYNC)
    assert told
    webhook.process(told)
    assert Subscription.objects.get().original_transaction_id == "s-1"
    assert set(RevenueCatEvent.objects.values_list("original_transaction_id", flat=True)) == {"s-1"}


def test_who_loses_a_line_as_it_joins_another_ones_is_vip_no_longer(
    app: APIClient,
    user: User,
    new_device: Callable[[], Device],
    revenuecat: FakeRevenueCat,
    send_event: Callable[..., Any],
) -> None:
    give(revenuecat, user, week(store_transaction_id="s-7"))
    app.post(SYNC)
    owner = new_device().user
    send_event("RENEWAL", **period(owner, transaction_id="s-7", event_timestamp_ms=NOW_MS + 1))
    assert Subscription.objects.get().user == owner
    user.refresh_from_db()
    assert user.vip_expires_at is None


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


@pytest.mark.parametrize(
    "answer", [(500, b"{}"), (429, b"{}"), (200, b"not json"), (200, b"[]"), (200, b'{"subscriber": 7}'), (302, b"")]
)
def test_an_answer_that_is_none_is_told_as_unavailable(
    app: APIClient, revenuecat: FakeRevenueCat, answer: tuple[int, bytes]
) -> None:
    revenuecat.next_answer = answer
    told = app.post(SYNC)
    assert (told.status_code, told.json()["code"], told.json()["retryable"]) == (503, "sync_unavailable", True)


@pytest.mark.parametrize("subscriptions", [[], None, {"weekly_001": None}, {"weekly_001": {"purchase_date": 7}}])
def test_rubbish_inside_the_answer_does_nothing(
    app: APIClient, user: User, revenuecat: FakeRevenueCat, subscriptions: Any
) -> None:
    give(revenuecat, user, {"subscriptions": subscriptions, "non_subscriptions": subscriptions})
    assert app.post(SYNC).status_code == 200
    assert not RevenueCatEvent.objects.exists()


def test_a_bare_device_id_restores_nothing(app: APIClient, user: User, revenuecat: FakeRevenueCat) -> None:
    give(revenuecat, user, week())
    Session.objects.update(auth_level=Session.AuthLevel.BARE)
    answer = app.post(SYNC)
    assert (answer.status_code, answer.json()["code"]) == (401, "device_secret_required")
    assert revenuecat.asked == []


def test_without_a_key_nobody_is_asked(app: APIClient, revenuecat: FakeRevenueCat, settings: Any) -> None:
    settings.REVENUECAT_API_KEY = ""
    assert app.post(SYNC).json()["code"] == "sync_unavailable"
    tasks.reconcile_overdue_subscriptions()
    assert revenuecat.asked == []


def test_a_line_that_should_have_renewed_is_asked_about_once_a_day(vip: User, revenuecat: FakeRevenueCat) -> None:
    long_over = timezone.now() - timedelta(hours=5)
    Subscription.objects.update(expires_at=long_over)
    give(revenuecat, vip, week(store_transaction_id="s-2", purchase_date=iso(NOW_MS + 60_000)))
    tasks.reconcile_overdue_subscriptions()
    row = Subscription.objects.get()
    assert row.expires_at is not None
    assert row.expires_at > timezone.now()
    Subscription.objects.update(expires_at=long_over)
    tasks.reconcile_overdue_subscriptions()
    assert revenuecat.asked == [str(vip.billing_user_id)]


def test_a_line_with_a_doubt_is_asked_about(
    user: User, revenuecat: FakeRevenueCat, send_event: Callable[..., Any]
) -> None:
    send_event("INITIAL_PURCHASE", **period(user, expiration_at_ms=None))
    user.refresh_from_db()
    assert user.vip_expires_at is None
    give(revenuecat, user, week())
    assert sync.reconcile_overdue() == 1
    user.refresh_from_db()
    assert user.vip_expires_at is not None
