"""Staff type the points of a pack; what may be a slip is asked about, and nothing that was sold disappears."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from apps.remoteconfig import catalogue
from apps.remoteconfig.models import PointsPack
from apps.staff.models import StaffAction

PACKS = "/admin/remoteconfig/pointspack/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def pack() -> PointsPack:
    return PointsPack.objects.create(product_id="points_500", points=500)


def changed(desk: Client, pack: PointsPack, **given: Any) -> Any:
    form = {"bonus_points": 0, "sort": 0, "is_offered": "on", "audit_reason": "A test", **given}
    return desk.post(f"{PACKS}{pack.id}/change/", form)


@pytest.mark.parametrize("points", [51, 4999])
def test_a_usual_change_needs_no_confirmation(desk: Client, pack: PointsPack, points: int) -> None:
    assert changed(desk, pack, points=points).status_code == 302
    assert catalogue.current().pack_points("points_500") == points


@pytest.mark.parametrize("points", [50, 5000])
def test_a_leap_is_refused_until_it_is_confirmed(desk: Client, pack: PointsPack, points: int) -> None:
    answer = changed(desk, pack, points=points)
    assert f"points_packs.points_500 would go from 500 to {points} points" in answer.content.decode()
    assert catalogue.current().pack_points("points_500") == 500
    assert changed(desk, pack, points=points, confirmed="on").status_code == 302
    assert catalogue.current().pack_points("points_500") == points


@pytest.mark.parametrize("points", [0, -500, 2_000_000_001])
def test_no_confirmation_makes_a_pack_give_nothing_or_too_much(desk: Client, pack: PointsPack, points: int) -> None:
    assert changed(desk, pack, points=points, confirmed="on").status_code == 200
    assert catalogue.current().pack_points("points_500") == 500


@pytest.mark.parametrize("bonus", [500, 501, -1])
def test_a_bonus_is_less_than_all_the_points(desk: Client, pack: PointsPack, bonus: int) -> None:
    assert changed(desk, pack, points=500, bonus_points=bonus).status_code == 200
    pack.refresh_from_db()
    assert pack.bonus_points == 0
    with pytest.raises(IntegrityError):
        PointsPack.objects.filter(id=pack.id).update(bonus_points=bonus)


def test_a_bonus_that_is_too_large_is_explained(desk: Client, pack: PointsPack) -> None:
    assert "The bonus is a part of the points" in changed(desk, pack, points=500, bonus_points=500).content.decode()
    assert changed(desk, pack, points=600, bonus_points=100).status_code == 302
    pack.refresh_from_db()
    assert (pack.points, pack.bonus_points) == (600, 100)


def test_a_pack_of_the_configuration_is_what_a_new_row_is_compared_with(desk: Client) -> None:
    row = {
        "product_id": "points_1000",
        "points": 10_000,
        "bonus_points": 0,
        "sort": 0,
        "is_offered": "on",
        "audit_reason": "A test",
    }
    assert "would go from 1000 to 10000 points" in desk.post(f"{PACKS}add/", row).content.decode()
    assert desk.post(f"{PACKS}add/", row | {"confirmed": "on"}).status_code == 302
    assert catalogue.current().pack_points("points_1000") == 10_000


def test_a_product_that_may_have_been_sold_is_neither_renamed_nor_deleted(desk: Client, pack: PointsPack) -> None:
    changed(desk, pack, points=500, product_id="points_600")
    assert desk.post(f"{PACKS}{pack.id}/delete/", {"post": "yes"}).status_code == 403
    assert catalogue.current().pack_points("points_500") == 500


def test_why_it_was_changed_is_written_down(desk: Client, pack: PointsPack) -> None:
    changed(desk, pack, points=600, audit_reason="Prices of the autumn")
    line: Any = StaffAction.objects.get(action="remoteconfig.pointspack.change")
    assert (line.reason, line.before["points"], line.after["points"]) == ("Prices of the autumn", 500, 600)
