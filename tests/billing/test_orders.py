"""Every payment is one order; a pack is credited once, taken back when refunded, and given again after a reversal."""

from collections.abc import Callable, Iterable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import Device, User
from apps.billing import webhook
from apps.billing.models import Order, RevenueCatEvent
from apps.billing.revenuecat import moment
from apps.points import ledger
from apps.points.models import PointTransaction
from tests.billing.conftest import NOW_MS, WEEK_MS, pack, period

BOUGHT = ("NON_RENEWING_PURCHASE", {"event_timestamp_ms": NOW_MS})
REFUNDED = ("CANCELLATION", {"event_timestamp_ms": NOW_MS + 1, "cancel_reason": "CUSTOMER_SUPPORT", "price": -2.99})
REVERSED = ("REFUND_REVERSED", {"event_timestamp_ms": NOW_MS + 2})
BOUGHT_THREE = ("NON_RENEWING_PURCHASE", {"event_timestamp_ms": NOW_MS, "quantity": 3})
BOUGHT_TWO = ("NON_RENEWING_PURCHASE", {"event_timestamp_ms": NOW_MS, "quantity": 2})
BOUGHT_FOUR = ("NON_RENEWING_PURCHASE", {"event_timestamp_ms": NOW_MS, "quantity": 4})
REFUNDED_AGAIN = ("CANCELLATION", {"event_timestamp_ms": NOW_MS + 3, "cancel_reason": "CUSTOMER_SUPPORT"})
Happening = tuple[str, dict[str, Any]]


def happen(send_event: Callable[..., Any], user: User, events: Iterable[Happening]) -> None:
    for kind, fields in events:
        assert send_event(kind, **pack(user, **fields)).status_code == 200


def make_dearer(settings: Any, folder: Path) -> None:
    """What 1000 points cost brings 1500 from now on."""
    config = folder / "config.json"
    config.write_text('{"points_packs": {"points_1000": 1500}}')
    settings.REMOTE_CONFIG_FILE = str(config)


def test_three_of_a_pack_bring_three_times_its_points(user: User, send_event: Callable[..., Any]) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(user, quantity=3))
    assert (ledger.balance(user.id), Order.objects.get().points_granted) == (3000, 3000)


def test_a_quantity_that_is_told_later_brings_the_rest(user: User, send_event: Callable[..., Any]) -> None:
    happen(send_event, user, [BOUGHT, BOUGHT_THREE, BOUGHT_THREE, BOUGHT])
    order = Order.objects.get()
    assert (order.quantity, order.points_granted, ledger.balance(user.id)) == (3, 3000, 3000)
    rows = PointTransaction.objects.order_by("sequence").values_list("amount", "title")
    assert list(rows) == [(1000, "1000 points"), (2000, "2000 points")]


def test_each_row_that_a_purchase_brought_leads_to_its_order(
    app: APIClient, user: User, send_event: Callable[..., Any]
) -> None:
    happen(send_event, user, [BOUGHT, BOUGHT_THREE])
    rows = app.get("/api/v1/points/transactions").json()["items"]
    assert [row["reference"] for row in rows] == [{"kind": "order", "id": str(Order.objects.get().id)}] * 2
    assert app.get(f"/api/v1/orders/{rows[0]['reference']['id']}").status_code == 200


@pytest.mark.parametrize("most", [(BOUGHT_THREE, 3), (BOUGHT_FOUR, 4)], ids=["by_one", "by_two"])
def test_a_quantity_that_grows_twice_is_credited_whole_and_taken_back_whole(
    user: User, send_event: Callable[..., Any], most: tuple[Happening, int]
) -> None:
    bought, quantity = most
    happen(send_event, user, [BOUGHT, BOUGHT_TWO, bought, BOUGHT_TWO])
    order = Order.objects.get()
    assert (order.quantity, order.points_granted, ledger.balance(user.id)) == (quantity, *[quantity * 1000] * 2)
    happen(send_event, user, [REFUNDED])
    order.refresh_from_db()
    assert (order.points_taken_back, ledger.balance(user.id)) == (quantity * 1000, 0)


def test_while_the_event_that_told_the_quantity_is_looked_at_again_nothing_is_credited_anew(
    user: User, send_event: Callable[..., Any]
) -> None:
    happen(send_event, user, [BOUGHT_THREE])
    three = RevenueCatEvent.objects.get()
    RevenueCatEvent.objects.update(outcome="received")
    happen(send_event, user, [BOUGHT])
    webhook.process(three)
    order = Order.objects.get()
    assert (order.quantity, order.points_granted, ledger.balance(user.id)) == (3, 3000, 3000)


@pytest.mark.parametrize("order", [*permutations([BOUGHT, BOUGHT_THREE, REFUNDED])])
def test_a_refund_takes_back_all_of_a_quantity_whenever_it_was_told(
    user: User, send_event: Callable[..., Any], order: Any
) -> None:
    happen(send_event, user, order)
    row = Order.objects.get()
    assert (row.points_granted, row.points_taken_back, ledger.balance(user.id)) == (3000, 3000, 0)
    happen(send_event, user, [REVERSED])
    row.refresh_from_db()
    assert (row.points_granted, row.points_taken_back, ledger.balance(user.id)) == (3000, 0, 3000)


def test_the_rest_is_worth_what_each_was_worth_at_first(
    user: User, send_event: Callable[..., Any], settings: Any, tmp_path: Any
) -> None:
    happen(send_event, user, [BOUGHT])
    make_dearer(settings, tmp_path)
    happen(send_event, user, [BOUGHT_THREE])
    assert (Order.objects.get().points_granted, ledger.balance(user.id)) == (3000, 3000)


def test_another_event_of_the_same_payment_credits_nothing(user: User, send_event: Callable[..., Any]) -> None:
    happen(send_event, user, [BOUGHT, BOUGHT])
    assert (ledger.balance(user.id), Order.objects.count()) == (1000, 1)


@pytest.mark.parametrize("elsewhere", [{"store": "PLAY_STORE"}, {"environment": "PRODUCTION"}], ids=str)
def test_the_same_number_in_another_store_or_environment_is_another_payment(
    user: User, send_event: Callable[..., Any], elsewhere: dict[str, str]
) -> None:
    happen(send_event, user, [BOUGHT, (BOUGHT[0], BOUGHT[1] | elsewhere)])
    assert (ledger.balance(user.id), Order.objects.count()) == (2000, 2)


def test_a_fraction_of_a_second_makes_no_second_payment(user: User, send_event: Callable[..., Any]) -> None:
    for ms in (0, 573):
        send_event("NON_RENEWING_PURCHASE", **pack(user, purchased_at_ms=NOW_MS + ms))
    assert (ledger.balance(user.id), Order.objects.count()) == (1000, 1)


@pytest.mark.parametrize("order", [*permutations([BOUGHT, REFUNDED])])
def test_a_refunded_pack_is_taken_back(user: User, send_event: Callable[..., Any], order: Any) -> None:
    happen(send_event, user, order)
    row = Order.objects.get()
    assert (row.status, row.points_granted, row.points_taken_back, ledger.balance(user.id)) == (
        "refunded",
        1000,
        1000,
        0,
    )
    assert row.refunded_at is not None


@pytest.mark.parametrize("order", [*permutations([BOUGHT, REFUNDED, REVERSED])])
def test_a_reversed_refund_gives_again_once(user: User, send_event: Callable[..., Any], order: Any) -> None:
    happen(send_event, user, order)
    row = Order.objects.get()
    assert (row.status, row.points_taken_back, ledger.balance(user.id)) == ("refund_reversed", 0, 1000)


def test_a_store_may_refund_again(user: User, send_event: Callable[..., Any]) -> None:
    happen(send_event, user, [BOUGHT, REFUNDED, REVERSED, REFUNDED_AGAIN])
    order = Order.objects.get()
    assert (order.status, order.refunded_at, ledger.balance(user.id)) == ("refunded", moment(NOW_MS + 3), 0)


def test_a_purchase_says_better_than_its_refund_who_bought(
    user: User, new_device: Callable[[], Device], send_event: Callable[..., Any]
) -> None:
    happen(send_event, new_device().user, [REFUNDED])
    happen(send_event, user, [BOUGHT])
    happen(send_event, user, [REVERSED])
    assert (Order.objects.get().user, ledger.balance(user.id)) == (user, 1000)


def test_a_refund_that_tells_no_start_is_of_the_one_payment(user: User, send_event: Callable[..., Any]) -> None:
    happen(send_event, user, [(REFUNDED[0], REFUNDED[1] | {"purchased_at_ms": None}), BOUGHT])
    order = Order.objects.get()
    assert (order.purchased_at, order.status, order.points_taken_back) == (moment(NOW_MS), "refunded", 1000)


def test_what_is_spent_cannot_be_taken_back(user: User, send_event: Callable[..., Any]) -> None:
    happen(send_event, user, [BOUGHT])
    ledger.charge(user.id, 600, reference="test:1", title="Spent")
    happen(send_event, user, [REFUNDED])
    assert (Order.objects.get().points_taken_back, ledger.balance(user.id)) == (400, 0)


def test_a_change_of_the_catalogue_does_not_change_what_was_given(
    user: User, send_event: Callable[..., Any], settings: Any, tmp_path: Any
) -> None:
    happen(send_event, user, [BOUGHT])
    make_dearer(settings, tmp_path)
    happen(send_event, user, [REFUNDED, REVERSED])
    assert (Order.objects.get().points_granted, ledger.balance(user.id)) == (1000, 1000)


def test_each_period_is_an_order_also_where_a_store_keeps_one_transaction(
    user: User, send_event: Callable[..., Any]
) -> None:
    for number in range(3):
        start = NOW_MS + number * WEEK_MS
        times = {"event_timestamp_ms": start, "purchased_at_ms": start, "expiration_at_ms": start + WEEK_MS}
        kind = "RENEWAL" if number else "INITIAL_PURCHASE"
        send_event(kind, **period(user, store="STRIPE", transaction_id="si_1", **times))
    assert Order.objects.filter(transaction_id="si_1", status="paid").count() == 3


@pytest.mark.parametrize("fields", [{"is_family_share": True}, {"store": "PROMOTIONAL"}])
def test_what_nobody_paid_for_is_no_order(user: User, send_event: Callable[..., Any], fields: dict[str, Any]) -> None:
    send_event("INITIAL_PURCHASE", **period(user, **fields))
    user.refresh_from_db()
    assert user.vip_expires_at is not None
    assert not Order.objects.exists()


def test_a_purchase_without_a_transaction_waits_for_staff(user: User, send_event: Callable[..., Any]) -> None:
    happen(send_event, user, [(BOUGHT[0], {"transaction_id": None, "original_transaction_id": None})])
    event = RevenueCatEvent.objects.get()
    assert (event.outcome, event.reason, ledger.balance(user.id)) == ("unmatched", "no transaction id", 0)
