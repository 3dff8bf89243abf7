"""What must be true of payments is checked, so the check must be able to fail."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import Device, User
from apps.billing.models import Order
from apps.core.invariants import broken_rows, registered
from apps.points.ledger import PointTransaction
from tests.billing.conftest import NOW_MS, pack

SendEvent = Callable[..., Any]


@pytest.fixture
def bought(user: User, new_device: Callable[[], Device], send_event: SendEvent) -> Order:
    """One pack, of which more were told later; another one was taken back, and a third one given again."""
    send_event("NON_RENEWING_PURCHASE", **pack(user))
    send_event("NON_RENEWING_PURCHASE", **pack(user, quantity=3))
    taken, given_again = (pack(user, transaction_id=name, original_transaction_id=name) for name in ("p-2", "p-3"))
    for own in (taken, given_again):
        send_event("NON_RENEWING_PURCHASE", **own)
        send_event("CANCELLATION", **own | {"cancel_reason": "CUSTOMER_SUPPORT", "event_timestamp_ms": NOW_MS + 1})
    send_event("REFUND_REVERSED", **given_again | {"event_timestamp_ms": NOW_MS + 2})
    new_device()
    return Order.objects.get(transaction_id="p-1")


def broken() -> dict[str, list[str]]:
    return {one.code: rows for one in registered() if (rows := broken_rows(one))}


def test_what_was_bought_breaks_nothing(bought: Order) -> None:
    assert list(Order.objects.order_by("id").values_list("points_granted", "points_taken_back")) == [
        (3000, 0),
        (1000, 1000),
        (1000, 0),
    ]
    assert broken() == {}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_order SET points_granted = points_granted + 1 WHERE id = %s",
        "UPDATE billing_order SET points_granted = 0 WHERE id = %s",
        "UPDATE billing_order SET points_taken_back = 1 WHERE id = %s",
        "UPDATE billing_order SET user_id = (SELECT max(id) FROM accounts_user) WHERE id = %s",
    ],
)
def test_an_order_that_says_something_else_is_found(bought: Order, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [bought.id])
    assert f"order {bought.id}" in broken()["I22"]


def test_points_of_an_order_that_is_not_there_are_found(bought: Order) -> None:
    assert PointTransaction.objects.filter(reference__startswith=f"order:{bought.id}").count() == 2
    Order.objects.filter(id=bought.id).delete()
    assert broken() == {"I22": [f"credits of order {bought.id}"]}
