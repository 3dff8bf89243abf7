"""A purchase gives the `points` that the packages told, of which the bonus is a part: never more, never less."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.billing.models import Order
from apps.points import ledger
from apps.points.models import PointTransaction
from apps.remoteconfig.models import PointsPack
from tests.billing.conftest import NOW_MS, pack

PACKAGES = "/api/v1/points/packages"
CONFIGURED = {
    "plain": 1000,
    "long": {"points": 3000},
    "with_bonus": {"points": 3300, "bonus_points": 300},
    "of_staff": {"points": 50, "bonus_points": 40},
}
POINTS_AND_BONUS = st.integers(1, 2_000_000).flatmap(lambda most: st.tuples(st.just(most), st.integers(0, most - 1)))


def offered(client: APIClient) -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in client.get(PACKAGES).json()["items"]}


def buy(send_event: Callable[..., Any], user: User, product_id: str, **fields: Any) -> None:
    bought = pack(user, product_id=product_id, transaction_id=f"p-{product_id}", **fields)
    assert send_event("NON_RENEWING_PURCHASE", **bought).status_code == 200


def rows_of(product_id: str) -> list[int]:
    order = Order.objects.get(product_id=product_id)
    return list(PointTransaction.objects.filter(reference=f"order:{order.id}").values_list("amount", flat=True))


@pytest.fixture
def packs(settings: Any, tmp_path: Path, db: None) -> None:
    """Of the configuration in all its forms, and of staff."""
    (tmp_path / "config.json").write_text(json.dumps({"points_packs": CONFIGURED}))
    settings.REMOTE_CONFIG_FILE = str(tmp_path / "config.json")
    PointsPack.objects.create(product_id="of_staff", points=1200, bonus_points=200)


def test_the_bonus_is_told_beside_the_points_that_include_it(packs: None, anonymous: APIClient) -> None:
    told = {name: (item["points"], item["bonus_points"]) for name, item in offered(anonymous).items()}
    assert told == {"plain": (1000, 0), "long": (3000, 0), "with_bonus": (3300, 300), "of_staff": (1200, 200)}
    assert anonymous.get("/api/v1/config").json()["points_packs"]["with_bonus"] == 3300


def test_each_pack_brings_what_was_told_and_a_refund_takes_all_of_it_back(
    packs: None, anonymous: APIClient, user: User, send_event: Callable[..., Any]
) -> None:
    for product_id, item in offered(anonymous).items():
        buy(send_event, user, product_id)
        assert rows_of(product_id) == [item["points"]]
    assert ledger.balance(user.id) == sum(item["points"] for item in offered(anonymous).values())
    for product_id in offered(anonymous):
        refund = {"event_timestamp_ms": NOW_MS + 1, "cancel_reason": "CUSTOMER_SUPPORT"}
        send_event("CANCELLATION", **pack(user, product_id=product_id, transaction_id=f"p-{product_id}", **refund))
    assert ledger.balance(user.id) == 0


@given(POINTS_AND_BONUS, st.integers(1, 5))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_bonus_the_ledger_has_what_was_told(
    anonymous: APIClient,
    user: User,
    send_event: Callable[..., Any],
    pack_of: tuple[int, int],
    quantity: int,
) -> None:
    points, bonus = pack_of
    name, before = f"pack-{uuid4()}", ledger.balance(user.id)
    PointsPack.objects.create(product_id=name, points=points, bonus_points=bonus)
    told = offered(anonymous)[name]
    buy(send_event, user, name, quantity=quantity)
    assert (told["points"], told["bonus_points"]) == (points, bonus)
    assert rows_of(name) == [told["points"] * quantity]
    assert ledger.balance(user.id) - before == told["points"] * quantity


def test_another_bonus_is_another_answer(anonymous: APIClient, db: None) -> None:
    row = PointsPack.objects.create(product_id="any", points=1200)
    before = anonymous.get(PACKAGES)["ETag"]
    PointsPack.objects.filter(id=row.id).update(bonus_points=200)
    assert anonymous.get(PACKAGES, headers={"If-None-Match": before}).status_code == 200
