"""Nobody has more made at once, or in a day, than the configuration allows."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import vip
from apps.accounts.models import Device, User
from apps.accounts.vip import Vip
from apps.core.errors import DailyLimitReached
from apps.core.postgres import direct
from apps.emoji import task_limits
from apps.emoji.models import EmojiTask
from apps.points.models import PointTransaction, UserPoints
from tests.conftest import app_of
from tests.emoji.conftest import TASKS, create


def limits(active: int, daily: int) -> dict[str, Any]:
    return {"free": {"active": active, "daily": daily}, "vip": {"active": active + 1, "daily": daily + 1}}


def made(user: User, now: datetime) -> tuple[int, int]:
    """How many are being made, and were ordered on that day."""
    rows = direct.run(f"SELECT ({task_limits.ACTIVE}), ({task_limits.TODAY})", task_limits.asked(user.id, now)).rows
    return tuple(rows[0])


class TestAtOnce:
    def test_a_third_emoji_is_refused_and_charges_nothing(self, app: APIClient, rich: User, photo_id: str) -> None:
        for _ in range(2):
            assert create(app, photo_id).status_code == 201
        answer = create(app, photo_id)
        assert (answer.status_code, answer.json()["code"]) == (409, "active_task_limit_reached")
        assert answer.json()["params"] == {"limit": 2, "active": 2}
        assert UserPoints.objects.get(user=rich).balance == 600

    def test_a_vip_has_five(self, app: APIClient, rich: User, photo_id: str) -> None:
        vip.write(rich.id, Vip(is_lifetime=True))
        assert [create(app, photo_id).status_code for _ in range(5)] == [201] * 5
        assert create(app, photo_id).json()["params"] == {"limit": 5, "active": 5}

    def test_a_canceled_one_makes_room(self, app: APIClient, rich: User, photo_id: str) -> None:
        made = [create(app, photo_id).json()["id"] for _ in range(2)]
        app.post(f"{TASKS}/{made[0]}/cancel")
        assert create(app, photo_id).status_code == 201


@pytest.mark.usefixtures("one_day")
class TestInADay:
    @pytest.fixture(autouse=True)
    def few(self, configure: Callable[..., None]) -> None:
        configure(task_limits=limits(active=10, daily=2))

    def test_one_too_many_is_told_when_to_go_on(self, app: APIClient, rich: User, photo_id: str) -> None:
        for _ in range(2):
            assert create(app, photo_id).status_code == 201
        answer = create(app, photo_id)
        assert (answer.status_code, answer.json()["code"]) == (429, "daily_limit_reached")
        assert (answer.json()["params"]["limit"], answer.json()["retryable"]) == (2, True)
        resets_at = datetime.fromisoformat(answer.json()["params"]["resets_at"])
        assert (resets_at.hour, resets_at.minute, resets_at > timezone.now()) == (0, 0, True)
        assert 0 < int(answer["Retry-After"]) <= 86_401
        assert UserPoints.objects.get(user=rich).balance == 600

    def test_what_was_canceled_or_deleted_counts(self, app: APIClient, rich: User, photo_id: str) -> None:
        for _ in range(2):
            made = create(app, photo_id).json()["id"]
            app.post(f"{TASKS}/{made}/cancel")
            app.delete(f"{TASKS}/{made}")
        assert create(app, photo_id).json()["code"] == "daily_limit_reached"

    def test_a_vip_may_order_more(self, app: APIClient, rich: User, photo_id: str) -> None:
        vip.write(rich.id, Vip(is_lifetime=True))
        assert [create(app, photo_id).status_code for _ in range(4)] == [201, 201, 201, 429]

    def test_tomorrow_is_another_day(self, app: APIClient, rich: User, photo_id: str) -> None:
        for _ in range(2):
            create(app, photo_id)
        task_limits.require_room(*made(rich, timezone.now() + timedelta(days=1)), False, timezone.now())
        with pytest.raises(DailyLimitReached):
            task_limits.require_room(*made(rich, timezone.now()), False, timezone.now())


def test_the_wait_ends_at_midnight_utc() -> None:
    refusal = task_limits.enough_for_today(50, datetime(2026, 11, 23, 23, 59, 30, tzinfo=UTC))
    assert refusal.params == {"limit": 50, "resets_at": datetime(2026, 11, 24, tzinfo=UTC)}
    assert refusal.retry_after_seconds == 31


@pytest.mark.usefixtures("one_day")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("active", "daily", "code"), [(2, 50, "active_task_limit_reached"), (50, 3, "daily_limit_reached")]
)
def test_ten_orders_at_once_pass_no_limit(
    app: APIClient,
    device: Device,
    rich: User,
    photo_id: str,
    configure: Callable[..., None],
    active: int,
    daily: int,
    code: str,
) -> None:
    configure(task_limits=limits(active, daily))
    answers: list[Any] = []
    start = threading.Barrier(10)

    def order() -> None:
        start.wait()
        answers.append(create(app_of(device), photo_id).json())
        connection.close()

    threads = [threading.Thread(target=order) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    allowed = min(active, daily)
    assert sorted(answer.get("code", "created") for answer in answers) == sorted(
        ["created"] * allowed + [code] * (10 - allowed)
    )
    assert EmojiTask.objects.count() == PointTransaction.objects.filter(kind="spend").count() == allowed
