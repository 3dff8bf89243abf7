"""Staff add, change and take off packs without a deploy; who paid is credited."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.points.models import UserPoints
from apps.remoteconfig import catalogue
from apps.remoteconfig.models import PointsPack

pytestmark = pytest.mark.django_db


def offered(client: APIClient) -> dict[str, int]:
    return {item["id"]: item["points"] for item in client.get("/api/v1/points/packages").json()["items"]}


def test_a_pack_added_in_the_admin_is_offered_at_once(staff: User, anonymous: APIClient) -> None:
    desk = Client()
    desk.force_login(staff)
    pack = {
        "product_id": "points_500",
        "points": 500,
        "bonus_points": 0,
        "sort": 0,
        "is_offered": "on",
        "audit_reason": "A small one",
    }
    assert desk.post("/admin/remoteconfig/pointspack/add/", pack).status_code == 302
    assert offered(anonymous)["points_500"] == 500


def test_a_pack_of_staff_wins_over_the_configuration(anonymous: APIClient) -> None:
    PointsPack.objects.create(product_id="points_1000", points=1100)
    assert offered(anonymous)["points_1000"] == 1100
    assert catalogue.current().pack_points("points_1000") == 1100


def test_packs_are_told_in_their_order_with_their_texts(anonymous: APIClient) -> None:
    PointsPack.objects.create(product_id="points_500", points=500, title="For starters", badge="New", sort=-1)
    PointsPack.objects.create(product_id="points_1000", points=1000, sort=1)
    items = anonymous.get("/api/v1/points/packages", headers={"Accept-Language": "ja"}).json()["items"]
    assert [item["id"] for item in items] == ["points_500", "points_3000", "points_10000", "points_1000"]
    assert [(item["title"], item["badge"], item["sort"]) for item in items[:2]] == [
        ("For starters", "New", -1),
        ("3000 ポイント", None, 0),
    ]


def test_a_pack_is_told_with_its_name_in_both_stores(anonymous: APIClient) -> None:
    item = anonymous.get("/api/v1/points/packages").json()["items"][0]
    assert item["product_ids"] == {"app_store": "points_1000", "play_store": "points_1000"}


def test_a_pack_taken_off_is_not_offered_and_still_credited(anonymous: APIClient, user: User, send_event: Any) -> None:
    PointsPack.objects.create(product_id="points_1000", points=1000, is_offered=False)
    assert "points_1000" not in offered(anonymous)
    send_event("NON_RENEWING_PURCHASE", app_user_id=str(user.billing_user_id), product_id="points_1000")
    assert UserPoints.objects.get(user=user).balance == 1000


def test_what_is_no_pack_gives_nothing() -> None:
    assert catalogue.current().pack_points("weekly_001") is None
