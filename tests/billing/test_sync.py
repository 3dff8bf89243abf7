"""What RevenueCat's API tells heals what its webhooks missed; what they bring afterwards is not doubled."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import Device, Session, User
from apps.billing import erasure, snapshot, sync, tasks, webhook
from apps.billing.models import Order, RevenueCatEvent, Subscription
from apps.billing.revenuecat import moment
from apps.points import ledger
from dev.fake_revenuecat import FakeRevenueCat
from tests.billing.conftest import NOW_MS, SYNC, WEEK_MS, give, iso, pack, period, points_bought, tokens, week
from tests.conftest import at


def test_a_purchase_whose_webhook_is_late_shows_at_once(app: APIClient, user: User, revenuecat: FakeRevenueCat) -> None:
    give(revenuecat, user, week(), tokens())
    answer = app.post(SYNC)
    body = answer.json()
    assert (answer.status_code, body["subscription"]["state"]) == (200, "active")
    assert (points_bought(user), body["balance"]) == (1000, ledger.balance(user.id))
    assert sorted(body["new_orders"]) == sorted(str(order.id) for order in Order.objects.all())
    assert Order.objects.get(kind="points").transaction_id == "1000000819074923"


def test_syncing_again_changes_nothing(app: APIClient, user: User, revenuecat: FakeRevenueCat) -> None:
    give(revenuecat, user, week(), tokens())
    app.post(SYNC)
    events = RevenueCatEvent.objects.count()
    assert app.post(SYNC).json()["new_orders"] == []
    assert RevenueCatEvent.objects.count() == events
    assert points_bought(user) == 1000


def test_the_webhook_that_comes_later_adds_nothing(
    app: APIClient, user: User, revenuecat: FakeRevenueCat, send_event: Callable[..., Any]
) -> None:
    give(revenuecat, user, week(), tokens())
    app.post(SYNC)
    number = "1000000819074923"
    send_event("NON_RENEWING_PURCHASE", **pack(user, transaction_id=number, original_transaction_id=number))
    send_event("INITIAL_PURCHASE", **period(user, purchased_at_ms=NOW_MS + 321))
    assert points_bought(user) == 1000
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


def test_what_the_api_told_counts_where_a_webhook_put_it_before_it_was_applied(
    user: User, send_event: Callable[..., Any]
) -> None:
    (purchase,) = snapshot.purchases({"subscriber": week(store_transaction_id="s-7")}, str(user.billing_user_id))
    purchase.fields["original_transaction_id"] = "s-7"
    told, _ = webhook.receive(json.dumps(snapshot.told(purchase, NOW_MS)).encode(), RevenueCatEvent.Source.SYNC)
    assert told
    cancelled = {"cancel_reason": "UNSUBSCRIBE", "event_timestamp_ms": NOW_MS + 1}
    send_event("CANCELLATION", **period(user, transaction_id="s-7", **cancelled))
    webhook.process(told)
    row = Subscription.objects.get()
    assert (row.original_transaction_id, row.cancel_reason) == ("s-1", "UNSUBSCRIBE")
    user.refresh_from_db()
    assert user.vip_expires_at == moment(NOW_MS + WEEK_MS)


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


def test_a_purchase_is_not_taken_for_a_renewal_of_somebody_elses_line(
    app: APIClient,
    user: User,
    new_device: Callable[[], Device],
    revenuecat: FakeRevenueCat,
    send_event: Callable[..., Any],
) -> None:
    send_event("INITIAL_PURCHASE", **period(new_device().user))
    give(revenuecat, user, week(store_transaction_id="s-9"))
    app.post(SYNC)
    assert Subscription.objects.get(user=user).original_transaction_id == "s-9"


def test_what_somebody_else_buys_meanwhile_is_not_told(
    app: APIClient,
    new_device: Callable[[], Device],
    revenuecat: FakeRevenueCat,
    send_event: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing_while_another_buys(*_: Any) -> list[Any]:
        send_event("NON_RENEWING_PURCHASE", **pack(new_device().user))
        return []

    monkeypatch.setattr(snapshot, "purchases", nothing_while_another_buys)
    assert app.post(SYNC).json()["new_orders"] == []
    assert Order.objects.count() == 1


def test_a_bare_device_id_restores_nothing(app: APIClient, user: User, revenuecat: FakeRevenueCat) -> None:
    give(revenuecat, user, week())
    Session.objects.update(auth_level=Session.AuthLevel.BARE)
    answer = app.post(SYNC)
    assert (answer.status_code, answer.json()["code"]) == (401, "device_secret_required")
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


def test_of_somebody_erased_nobody_is_asked_or_they_would_be_a_customer_again(
    vip: User, revenuecat: FakeRevenueCat
) -> None:
    Subscription.objects.update(expires_at=timezone.now() - timedelta(hours=5))
    User.objects.update(erased_at=timezone.now(), is_active=False)
    assert erasure.erase_there(vip.id)
    tasks.reconcile_overdue_subscriptions()
    assert revenuecat.asked == []


def test_a_line_whose_period_of_grace_is_over_is_asked_about(vip: User, revenuecat: FakeRevenueCat) -> None:
    now = timezone.now()
    asked = {"reconciled_at": now - timedelta(days=15)}
    Subscription.objects.update(expires_at=now - timedelta(days=16), grace_expires_at=now - timedelta(hours=5), **asked)
    give(revenuecat, vip, week(store_transaction_id="s-2", purchase_date=iso(NOW_MS + 60_000)))
    assert sync.reconcile_overdue() == 1
    vip.refresh_from_db()
    assert vip.vip_expires_at is not None
    assert vip.vip_expires_at > now


def test_a_line_that_came_by_a_transfer_is_asked_about_under_its_owners_name(
    vip: User, new_device: Callable[[], Device], revenuecat: FakeRevenueCat, send_event: Callable[..., Any]
) -> None:
    taker = new_device().user
    names = {"transferred_from": [str(vip.billing_user_id)], "transferred_to": [str(taker.billing_user_id)]}
    send_event("TRANSFER", **names, store="APP_STORE", environment="SANDBOX", event_timestamp_ms=NOW_MS + 1)
    assert Subscription.objects.get().user == taker
    Subscription.objects.update(expires_at=timezone.now() - timedelta(hours=5))
    sync.reconcile_overdue()
    assert revenuecat.asked == [str(taker.billing_user_id)]


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


@pytest.fixture
def two_vips(vip: User, new_device: Callable[[], Device], send_event: Callable[..., Any]) -> tuple[User, User]:
    """Whose weeks have been over for some hours, and nobody has said what came then."""
    second = new_device().user
    send_event("INITIAL_PURCHASE", **period(second, transaction_id="t-2", original_transaction_id="t-2"))
    Subscription.objects.update(expires_at=timezone.now() - timedelta(hours=5))
    return vip, second


def asked_about(revenuecat: FakeRevenueCat, users: tuple[User, User]) -> list[int]:
    names = [str(user.billing_user_id) for user in users]
    return [names.index(name) for name in revenuecat.asked]


def test_a_line_that_ended_while_we_were_away_for_long_is_asked_about_once(
    vip: User, revenuecat: FakeRevenueCat
) -> None:
    asked_before, over = timezone.now() - timedelta(days=12), timezone.now() - timedelta(days=6)
    Subscription.objects.update(expires_at=over, reconciled_at=asked_before)
    for _ in range(2):
        tasks.reconcile_overdue_subscriptions()
        Subscription.objects.update(reconciled_at=F("reconciled_at") - timedelta(days=2))
    assert revenuecat.asked == [str(vip.billing_user_id)]


def test_whoever_was_never_asked_about_comes_before_who_was_yesterday(
    two_vips: tuple[User, User], revenuecat: FakeRevenueCat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "MOST_AT_ONCE", 1)
    Subscription.objects.filter(user=two_vips[0]).update(reconciled_at=timezone.now() - timedelta(hours=25))
    for _ in range(3):
        tasks.reconcile_overdue_subscriptions()
    assert asked_about(revenuecat, two_vips) == [1, 0]


def test_a_line_that_could_not_be_asked_about_is_asked_about_again_in_an_hour(
    two_vips: tuple[User, User], revenuecat: FakeRevenueCat
) -> None:
    revenuecat.next_answer = (503, b"")
    assert (sync.reconcile_overdue(), sync.reconcile_overdue()) == (2, 0)
    with at(timezone.now() + timedelta(minutes=61)):
        assert sync.reconcile_overdue() == 2


def test_a_run_whose_time_is_over_leaves_the_others_to_the_next(
    two_vips: tuple[User, User], revenuecat: FakeRevenueCat, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as slow:
        slow.setattr(sync, "LONGEST_RUN", -1)
        assert sync.reconcile_overdue() == 0
    assert sync.reconcile_overdue() == 2
