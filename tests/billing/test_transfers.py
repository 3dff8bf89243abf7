"""A transfer moves subscriptions from one person to another, wherever it stands among what arrives."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.models import Device, User
from apps.billing.models import Order, RevenueCatEvent, Subscription
from tests.billing.conftest import NOW_MS, WEEK_MS, named, pack, period, points_bought

LATER = {"store": "APP_STORE", "environment": "SANDBOX", "event_timestamp_ms": NOW_MS + 1}
ANONYMOUS = "$RCAnonymousID:0123456789abcdef0123456789abcdef"


@pytest.fixture
def other(new_device: Callable[[], Device]) -> User:
    return new_device().user


def between(giver: User, taker: User, **fields: Any) -> dict[str, Any]:
    names = {"transferred_from": [str(giver.billing_user_id)], "transferred_to": [str(taker.billing_user_id)]}
    return LATER | names | fields


def ends(*users: User) -> list[bool]:
    return [User.objects.get(id=user.id).vip_expires_at is not None for user in users]


def test_one_loses_vip_and_the_other_gains_it(vip: User, other: User, send_event: Callable[..., Any]) -> None:
    assert ends(vip, other) == [True, False]
    send_event("TRANSFER", **between(vip, other))
    assert ends(vip, other) == [False, True]


def test_one_that_comes_before_the_purchase_moves_it_all_the_same(
    user: User, other: User, send_event: Callable[..., Any]
) -> None:
    send_event("TRANSFER", **between(user, other))
    send_event("INITIAL_PURCHASE", **period(user))
    assert ends(user, other) == [False, True]


def test_the_payment_stays_with_who_paid(vip: User, other: User, send_event: Callable[..., Any]) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(vip))
    send_event("TRANSFER", **between(vip, other))
    assert set(Order.objects.values_list("user", flat=True)) == {vip.id}
    assert (points_bought(vip), points_bought(other)) == (1000, 0)


def test_a_renewal_after_it_is_the_new_owners(vip: User, other: User, send_event: Callable[..., Any]) -> None:
    send_event("TRANSFER", **between(vip, other))
    times = {"event_timestamp_ms": NOW_MS + WEEK_MS, "purchased_at_ms": NOW_MS + WEEK_MS}
    renewal = period(vip, transaction_id="s-2", expiration_at_ms=NOW_MS + 2 * WEEK_MS, **times) | named(other)
    send_event("RENEWAL", **renewal)
    assert ends(vip, other) == [False, True]
    assert Order.objects.get(transaction_id="s-2").user == other


def test_two_in_a_row_go_by_their_own_time(
    vip: User, other: User, new_device: Callable[[], Device], send_event: Callable[..., Any]
) -> None:
    third = new_device().user
    send_event("TRANSFER", **between(other, third, event_timestamp_ms=NOW_MS + 2))
    send_event("TRANSFER", **between(vip, other))
    assert ends(vip, other, third) == [False, False, True]


def test_who_got_it_under_one_name_gives_it_on_under_another(
    vip: User, other: User, new_device: Callable[[], Device], send_event: Callable[..., Any]
) -> None:
    third = new_device().user
    send_event("SUBSCRIBER_ALIAS", app_user_id=str(other.billing_user_id), aliases=[ANONYMOUS])
    send_event("TRANSFER", **between(vip, other))
    send_event("TRANSFER", **between(other, third, transferred_from=[ANONYMOUS], event_timestamp_ms=NOW_MS + 2))
    assert ends(vip, other, third) == [False, False, True]


def test_an_earlier_one_that_comes_late_wins_over_a_later_one_from_the_same_person(
    vip: User, other: User, new_device: Callable[[], Device], send_event: Callable[..., Any]
) -> None:
    third = new_device().user
    send_event("TRANSFER", **between(vip, third, event_timestamp_ms=NOW_MS + 2))
    send_event("TRANSFER", **between(vip, other))
    assert ends(vip, other, third) == [False, True, False]


def test_one_to_nobody_we_know_takes_all_the_same_and_gives_when_the_name_is_learned(
    vip: User, other: User, send_event: Callable[..., Any]
) -> None:
    send_event("TRANSFER", **between(vip, other, transferred_to=[ANONYMOUS]))
    assert ends(vip, other) == [False, False]
    assert Subscription.objects.get().user is None
    assert RevenueCatEvent.objects.get(type="TRANSFER").outcome == "unmatched"
    send_event("SUBSCRIBER_ALIAS", app_user_id=str(other.billing_user_id), aliases=[ANONYMOUS])
    assert ends(vip, other) == [False, True]


@pytest.mark.parametrize("fields", [{"store": "PLAY_STORE"}, {"environment": "PRODUCTION"}])
def test_one_of_another_store_or_environment_moves_nothing(
    vip: User, other: User, send_event: Callable[..., Any], fields: dict[str, str]
) -> None:
    send_event("TRANSFER", **between(vip, other, **fields))
    assert ends(vip, other) == [True, False]
    send_event("CANCELLATION", **period(vip, cancel_reason="UNSUBSCRIBE", price=0))
    assert ends(vip, other) == [True, False]


def test_a_sandbox_purchase_that_reaches_somebody_else_counts_in_production_for_testers_only(
    user: User, other: User, send_event: Callable[..., Any], settings: Any
) -> None:
    settings.PRODUCTION = True
    User.objects.filter(id=user.id).update(is_tester=True)
    send_event("INITIAL_PURCHASE", **period(user))
    send_event("TRANSFER", **between(user, other))
    assert ends(user, other) == [False, False]
