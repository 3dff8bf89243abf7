"""Users read in their language what the rows of their ledger are."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import vip
from apps.accounts.models import User
from apps.accounts.vip import Vip
from apps.points import ledger, reversals, tasks, titles
from apps.points.ledger import Bucket, Kind
from tests.conftest import at

TRANSACTIONS = "/api/v1/points/transactions"


def told(app: APIClient, language: str) -> list[str]:
    """Oldest first."""
    rows = app.get(TRANSACTIONS, headers={"Accept-Language": language}).json()["items"]
    return [row["title"] for row in reversed(rows)]


def credit(user: User, kind: Kind, title: str, **more: Any) -> Any:
    row, _ = ledger.credit(user.id, 1000, kind=kind, reference=f"order:{title}", title=title, **more)
    return row


def test_the_weekly_reward(app: APIClient, user: User) -> None:
    vip.write(user.id, Vip(is_lifetime=True))
    with at("2026-11-29T13:00:00Z"):
        tasks.grant_weekly_reward()
    assert (told(app, "ja"), told(app, "en")) == (["VIP ウィークリー特典"], ["Weekly VIP reward"])


def test_points_that_expired(app: APIClient, user: User) -> None:
    end = timezone.now() - timedelta(days=1)
    row = credit(user, Kind.PROMO, "A gift", bucket=Bucket.GRANTED, expires_at=end)
    assert ledger.expire(row.lot.id, timezone.now())
    assert told(app, "es") == ["A gift", "Caducados"]


def test_an_adjustment_without_what_staff_wrote_for_themselves(app: APIClient, user: User, staff: User) -> None:
    ledger.adjust(user.id, 5, bucket=Bucket.GRANTED, staff_id=staff.id, reason="Expired", token="a")
    assert told(app, "zh-TW") == ["客服調整"]


@pytest.mark.parametrize(
    ("name", "in_korean"),
    [("1000 points", "1000포인트"), ("points_1000", "points_1000"), ("many points", "many points")],
)
def test_a_purchase_its_refund_by_the_store_and_the_end_of_that(
    app: APIClient, user: User, name: str, in_korean: str
) -> None:
    pack = credit(user, Kind.PURCHASE, name, bucket=Bucket.PURCHASED)
    reversals.claw_back(pack, title=titles.TAKEN_BACK.format(name=name))
    reversals.reverse_clawback(pack, title=titles.GIVEN_AGAIN.format(name=name))
    assert told(app, "ko") == [in_korean, f"{in_korean} (환불됨)", f"{in_korean} (환불 취소)"]
    assert told(app, "en") == [name, f"{name} refunded", f"{name} paid after all"]


@pytest.mark.parametrize("title", ["Happy", "Emoji Happy", "emoji: Happy"])
def test_what_is_no_sentence_of_ours_is_told_as_it_is(
    app: APIClient, user: User, give_points: Callable[..., None], title: str
) -> None:
    give_points(user, 300)
    ledger.charge(user.id, 200, reference="emoji_task:5", title=title)
    assert told(app, "ja")[-1] == title


def test_a_spend_that_nobody_can_name_keeps_the_name_it_has(
    app: APIClient, user: User, give_points: Callable[..., None]
) -> None:
    give_points(user, 300)
    ledger.charge(user.id, 200, reference="emoji_task:5", title="Emoji: {Happy}")
    assert told(app, "ko")[-1] == "이모티콘: {Happy}"
