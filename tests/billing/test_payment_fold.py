"""Payments are what the events say, whatever order they came in."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from apps.billing.payment_fold import fold_payments
from apps.billing.revenuecat import Event

WEEK = 604_800_000
BOUGHT = Event(
    "b",
    "RENEWAL",
    10,
    store="STRIPE",
    product_id="weekly_001",
    transaction_id="t",
    purchased_at_ms=WEEK,
    price=Decimal(5),
)
NEXT = replace(BOUGHT, id="n", event_at_ms=20, purchased_at_ms=2 * WEEK)
REFUND = replace(
    BOUGHT, id="r", type="CANCELLATION", event_at_ms=30, cancel_reason="CUSTOMER_SUPPORT", price=Decimal(-5)
)
REVERSAL = replace(BOUGHT, id="v", type="REFUND_REVERSED", event_at_ms=40)


def test_periods_of_one_transaction_are_payments_each() -> None:
    assert sorted(payment.purchased_at_ms for payment in fold_payments([NEXT, BOUGHT])) == [WEEK, 2 * WEEK]


@pytest.mark.parametrize("events", [*permutations([BOUGHT, REFUND, REVERSAL])])
def test_the_newest_decision_of_the_store_counts(events: Any) -> None:
    (payment,) = fold_payments(events)
    assert (payment.is_refunded, payment.is_refund_reversed, payment.refunded_at_ms) == (False, True, 30)
    assert payment.price == 5


def test_a_refund_alone_tells_no_price() -> None:
    (payment,) = fold_payments([REFUND])
    assert (payment.is_told, payment.price, payment.is_refunded) == (False, None, True)


def test_a_refund_without_a_start_is_of_the_newest_payment() -> None:
    payments = fold_payments([BOUGHT, NEXT, replace(REFUND, purchased_at_ms=None)])
    assert [payment.purchased_at_ms for payment in payments if payment.is_refunded] == [2 * WEEK]


def test_a_one_time_purchase_is_one_payment_whatever_its_starts() -> None:
    once = replace(BOUGHT, type="NON_RENEWING_PURCHASE")
    (payment,) = fold_payments([once, replace(once, id="o", purchased_at_ms=WEEK + 1000)])
    assert payment.purchased_at_ms == WEEK


@pytest.mark.parametrize("told_later", [1, 3])
def test_the_quantity_is_the_one_that_was_told_wherever_it_stands(told_later: int) -> None:
    once = replace(BOUGHT, type="NON_RENEWING_PURCHASE", quantity=4 - told_later)
    (payment,) = fold_payments([once, replace(once, id="o", event_at_ms=20, quantity=told_later)])
    assert payment.quantity == 3


def test_the_buyer_is_who_the_purchase_names() -> None:
    (payment,) = fold_payments([replace(BOUGHT, user_id=7), replace(REFUND, event_at_ms=5, user_id=8)])
    assert payment.buyer_id == 7


def test_where_the_purchase_names_nobody_it_is_who_the_refund_names() -> None:
    (payment,) = fold_payments([BOUGHT, replace(REFUND, user_id=8)])
    assert payment.buyer_id == 8


def test_switching_renewal_off_is_no_payment() -> None:
    assert fold_payments([replace(REFUND, cancel_reason="UNSUBSCRIBE", price=Decimal(0))]) == []
