"""Two things that happen at once end as if one had come after the other: each lock of billing, by what it prevents.

The first of the two is done and not committed yet when the second one comes, which has to wait for it.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from apps.accounts.models import Device, User
from apps.billing import customers, effects, lines, subscriptions, webhook
from apps.billing.models import RevenueCatEvent, Subscription
from apps.billing.revenuecat import moment
from apps.points import ledger
from apps.points.ledger import Bucket, Kind
from apps.remoteconfig import catalogue
from tests import held_up
from tests.billing.conftest import NOW_MS, WEEK_MS, pack, period
from tests.conftest import revenuecat_event

pytestmark = pytest.mark.django_db(transaction=True)

ANONYMOUS = "$RCAnonymousID:0123456789abcdef0123456789abcdef"
NAMELESS = {"app_user_id": ANONYMOUS, "original_app_user_id": ANONYMOUS, "aliases": []}
Source = RevenueCatEvent.Source


@pytest.fixture
def vip(user: User) -> User:
    """Has bought a week."""
    applied("INITIAL_PURCHASE", **period(user))
    return user


@pytest.fixture
def other(new_device: Callable[[], Device]) -> User:
    return new_device().user


def stored(kind: str, source: Source = Source.WEBHOOK, **fields: Any) -> RevenueCatEvent:
    """Committed, and applied by nobody yet."""
    row, _ = webhook.receive(json.dumps(revenuecat_event(kind, **fields)).encode(), source)
    assert row is not None
    return row


def applied(kind: str, source: Source = Source.WEBHOOK, **fields: Any) -> None:
    webhook.process(stored(kind, source, **fields))


def at_once(first: RevenueCatEvent, kind: str, **fields: Any) -> None:
    with transaction.atomic():
        effects.apply(first)
        second = held_up.by_us(lambda: applied(kind, **fields))
    second.result()


def line(name: str, transaction_id: str = "", **fields: Any) -> dict[str, Any]:
    return {"original_transaction_id": name, "transaction_id": transaction_id or name} | fields


def learned(user: User) -> dict[str, Any]:
    return {"app_user_id": str(user.billing_user_id), "original_app_user_id": "", "aliases": [ANONYMOUS]}


def transfer(giver: User, taker: str) -> dict[str, Any]:
    names = {"transferred_from": [str(giver.billing_user_id)], "transferred_to": [taker]}
    return names | {"store": "APP_STORE", "environment": "SANDBOX", "event_timestamp_ms": NOW_MS + 1}


def vip_end(user: User) -> datetime | None:
    return User.objects.get(id=user.id).vip_expires_at


def test_of_two_events_of_a_line_the_later_one_sees_both(vip: User) -> None:
    cancelled = stored("CANCELLATION", **period(vip, cancel_reason="UNSUBSCRIBE", event_timestamp_ms=NOW_MS + 1))
    extended = {"expiration_at_ms": NOW_MS + 2 * WEEK_MS, "event_timestamp_ms": NOW_MS + 2}
    at_once(cancelled, "SUBSCRIPTION_EXTENDED", **period(vip, **extended))
    row = Subscription.objects.get()
    assert (row.cancel_reason, row.expires_at) == ("UNSUBSCRIBE", moment(NOW_MS + 2 * WEEK_MS))


def test_of_two_lines_of_a_user_the_later_one_sees_both(user: User) -> None:
    longer = stored("INITIAL_PURCHASE", **period(user, expiration_at_ms=NOW_MS + 2 * WEEK_MS))
    at_once(longer, "INITIAL_PURCHASE", **period(user) | line("t-1"))
    assert vip_end(user) == moment(NOW_MS + 2 * WEEK_MS)


def test_a_purchase_that_comes_while_a_transfer_looks_for_lines_is_moved_too(user: User, other: User) -> None:
    moved = stored("TRANSFER", **transfer(user, str(other.billing_user_id)))
    at_once(moved, "INITIAL_PURCHASE", **period(user))
    assert (vip_end(user), vip_end(other)) == (None, moment(NOW_MS + WEEK_MS))


def test_a_transfer_moves_the_purchase_that_is_being_written(user: User, other: User) -> None:
    bought = stored("INITIAL_PURCHASE", **period(user))
    at_once(bought, "TRANSFER", **transfer(user, str(other.billing_user_id)))
    assert (vip_end(user), vip_end(other)) == (None, moment(NOW_MS + WEEK_MS))


def test_a_transfer_to_a_name_that_is_being_learned_finds_its_user(vip: User, other: User) -> None:
    at_once(stored("SUBSCRIBER_ALIAS", **learned(other)), "TRANSFER", **transfer(vip, ANONYMOUS))
    assert RevenueCatEvent.objects.get(type="TRANSFER").outcome == "applied"
    assert vip_end(other) == moment(NOW_MS + WEEK_MS)


def test_a_purchase_under_a_name_that_is_being_learned_finds_its_user(user: User) -> None:
    at_once(stored("SUBSCRIBER_ALIAS", **learned(user)), "NON_RENEWING_PURCHASE", **pack(user) | NAMELESS)
    assert ledger.balance(user.id) == 1000


def test_who_teaches_a_name_wakes_the_purchase_that_has_just_missed_it(user: User) -> None:
    at_once(stored("NON_RENEWING_PURCHASE", **pack(user) | NAMELESS), "SUBSCRIBER_ALIAS", **learned(user))
    assert ledger.balance(user.id) == 1000


@pytest.mark.parametrize("work", [lambda: customers.wake([ANONYMOUS]), webhook.process_waiting])
def test_an_event_that_somebody_has_in_hand_holds_nobody_up(user: User, work: Callable[[], int]) -> None:
    applied("NON_RENEWING_PURCHASE", **pack(user) | NAMELESS)
    RevenueCatEvent.objects.update(next_try_at=moment(NOW_MS - WEEK_MS))
    with transaction.atomic():
        in_hand = RevenueCatEvent.objects.select_for_update().get()
        assert held_up.beside_us(in_a_transaction(work)) == 0
    assert RevenueCatEvent.objects.get().outcome == in_hand.outcome == "unmatched"


def test_users_are_locked_in_one_order(user: User, other: User) -> None:
    """Else two that want both wait for each other, and PostgreSQL ends one of them."""
    lower, higher = sorted([user.id, other.id])
    with transaction.atomic():
        User.objects.locked(lower)
        both = held_up.by_us(in_a_transaction(lambda: len(subscriptions.lock([higher, lower]))))
        User.objects.locked(higher)
    assert both.result() == 2


def test_who_bought_is_locked_before_any_points(user: User, other: User) -> None:
    """Two lines that two people paid for, and that are nobody's now, would lock their points crosswise."""
    line_of_both = {"original_transaction_id": "p-1"}
    for buyer, name, when in ((user, "p-1", NOW_MS - 1), (other, "p-2", NOW_MS)):
        own = {"transaction_id": name, "event_timestamp_ms": when}
        bought = stored("NON_RENEWING_PURCHASE", **pack(buyer) | line_of_both | own)
        RevenueCatEvent.objects.filter(id=bought.id).update(outcome="unmatched", user=buyer)
    last = pack(user, event_timestamp_ms=NOW_MS + 1) | NAMELESS | line_of_both | {"transaction_id": "p-3"}
    with transaction.atomic():
        subscriptions.lock([user.id, other.id])
        given(other)
        recorded = held_up.by_us(lambda: applied("NON_RENEWING_PURCHASE", **last))
        given(user)
    recorded.result()
    assert [ledger.balance(who.id) for who in (user, other)] == [1001, 1001]


def test_who_loses_a_line_that_was_a_guess_keeps_what_is_being_bought(user: User, other: User) -> None:
    applied("RENEWAL", Source.SYNC, **period(user) | line("s-7"))
    bought = stored("INITIAL_PURCHASE", **period(user, expiration_at_ms=NOW_MS + 3 * WEEK_MS) | line("t-1"))
    named_since = period(other, event_timestamp_ms=NOW_MS + 1) | line("s-1", "s-7")
    at_once(bought, "RENEWAL", **named_since)
    assert (vip_end(user), vip_end(other)) == (moment(NOW_MS + 3 * WEEK_MS), moment(NOW_MS + WEEK_MS))


def test_a_line_that_was_a_guess_stays_for_what_is_being_told_of_it(user: User) -> None:
    applied("RENEWAL", Source.SYNC, **period(user) | line("s-7"))
    later = {"event_timestamp_ms": NOW_MS + 2, "purchased_at_ms": NOW_MS + WEEK_MS}
    renewed = stored("RENEWAL", **period(user, expiration_at_ms=NOW_MS + 2 * WEEK_MS, **later) | line("s-7", "s-8"))
    at_once(renewed, "RENEWAL", **period(user, event_timestamp_ms=NOW_MS + 1) | line("s-1", "s-7"))
    ends = dict(Subscription.objects.values_list("original_transaction_id", "expires_at"))
    assert ends == {"s-7": moment(NOW_MS + 2 * WEEK_MS), "s-1": moment(NOW_MS + WEEK_MS)}


def test_what_was_told_is_locked_before_its_line(user: User) -> None:
    """Whoever applies it has it in hand and then wants the line; they would wait for each other."""
    applied("RENEWAL", Source.SYNC, **period(user) | line("s-7"))
    with transaction.atomic():
        in_hand = RevenueCatEvent.objects.select_for_update().get()
        joined = held_up.by_us(lambda: applied("RENEWAL", **period(user) | line("s-1", "s-7")))
        lines.refold(lines.key_of(in_hand), catalogue.current())
    joined.result()
    assert Subscription.objects.get().original_transaction_id == "s-1"


def given(user: User) -> None:
    about: Any = {"kind": Kind.PROMO, "bucket": Bucket.GRANTED, "title": "A test"}
    ledger.credit(user.id, 1, reference=f"test:{user.id}", **about)


def in_a_transaction(work: Callable[[], int]) -> Callable[[], int]:
    def run() -> int:
        with transaction.atomic():
            return work()

    return run if work is not webhook.process_waiting else work
