"""While nothing can be made nothing is sold, and it begins again by itself."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.emoji import breaker
from apps.emoji.availability import DailyCapReached
from apps.emoji.models import EmojiTask, PhotoUpload, ProviderHealth
from apps.emoji.provider import Fault
from apps.points.models import UserPoints
from dev.dashscope_behaviours import fails
from dev.fake_dashscope import FakeDashScope
from tests.conftest import at
from tests.emoji.conftest import LONG_AGO, advance, another

TASKS = "/api/v1/emoji/tasks"
ARREARS = fails("Arrearage", "Access denied, please pay.", 400)


@pytest.fixture
def order(
    task: EmojiTask, app: APIClient, user: User, give_points: Any, guarded_dashscope: FakeDashScope, settings: Any
) -> Any:
    """Order one more emoji."""
    settings.EMOJI_ACTIVE_TASKS_FREE = 100
    give_points(user, 10_000)
    in_an_hour = timezone.now() + timedelta(hours=1)
    PhotoUpload.objects.update(checked_at=LONG_AGO, width=500, height=500, expires_at=in_an_hour)

    def order(key: str = "key-0000001") -> Any:
        wish = {"template_id": "mengwa_kaixin", "upload_id": str(task.upload_id)}
        return app.post(TASKS, wish, format="json", headers={"Idempotency-Key": key})

    return order


def told(anonymous: APIClient) -> Any:
    """When what was told a few seconds ago is forgotten."""
    cache.clear()
    return anonymous.get("/api/v1/config").json()["generation"]


def test_usually_emoji_are_made(order: Any, anonymous: APIClient) -> None:
    assert order().status_code == 201
    assert told(anonymous) == {"available": True, "reason": None}


def test_while_every_account_is_out_nothing_is_sold(order: Any, anonymous: APIClient, account: str, user: User) -> None:
    breaker.fails(account, Fault.ACCOUNT, "Arrearage")
    answer = order()
    assert (answer.status_code, answer.json()["code"]) == (503, "generation_paused")
    assert (answer["Retry-After"], answer.json()["retryable"]) == ("30", True)
    assert answer.json()["params"]["reason"] == "provider_unavailable"
    assert UserPoints.objects.get(user=user).balance == 10_000
    assert told(anonymous) == {"available": False, "reason": "provider_unavailable"}


def test_one_account_that_works_is_enough(order: Any, account: str, settings: Any) -> None:
    settings.DASHSCOPE_ACCOUNTS = {account: "key", f"{account}-b": "key b"}
    breaker.fails(account, Fault.ACCOUNT, "Arrearage")
    assert order().status_code == 201


def test_without_any_account_nothing_is_sold(order: Any, settings: Any) -> None:
    settings.DASHSCOPE_ACCOUNTS = {}
    assert order().json()["code"] == "generation_paused"


def test_an_order_that_was_given_before_is_answered_as_then(order: Any, account: str) -> None:
    first = order()
    breaker.fails(account, Fault.ACCOUNT, "Arrearage")
    assert order().content == first.content


def test_a_refused_order_can_be_given_again_with_its_key(order: Any, account: str) -> None:
    breaker.fails(account, Fault.ACCOUNT, "Arrearage")
    assert order().status_code == 503
    ProviderHealth.objects.update(open_until=LONG_AGO)
    assert order().status_code == 201


def test_a_due_task_finds_out_that_it_works_again(
    order: Any, task: EmojiTask, guarded_dashscope: FakeDashScope, anonymous: APIClient
) -> None:
    guarded_dashscope.next("detect", ARREARS)
    advance(task)
    assert not told(anonymous)["available"]
    ProviderHealth.objects.update(open_until=LONG_AGO)
    advance(task, 2)
    assert (task.status, told(anonymous)["available"]) == ("succeeded", True)
    assert not ProviderHealth.objects.filter(open_until__isnull=False).exists()


@pytest.mark.usefixtures("one_day")
def test_at_the_days_cap_nothing_more_is_sold_and_what_was_sold_is_made(
    order: Any, task: EmojiTask, settings: Any, anonymous: APIClient
) -> None:
    settings.EMOJI_DAILY_CAP_CNY, settings.EMOJI_CLIP_CNY = Decimal("0.5"), Decimal("0.404")
    answer = order()
    assert (answer.status_code, answer.json()["code"]) == (503, "generation_paused")
    assert answer.json()["params"]["reason"] == "daily_cap_reached"
    assert 0 < int(answer["Retry-After"]) <= 3600
    assert told(anonymous) == {"available": False, "reason": "daily_cap_reached"}
    assert advance(task, 2).status == "succeeded"


@pytest.mark.parametrize(("time", "seconds"), [("12:00", 3600), ("23:00", 3600), ("23:50", 600)])
def test_at_the_days_cap_it_is_worth_asking_again_within_the_hour_and_when_the_day_ends(
    time: str, seconds: int
) -> None:
    with at(f"2026-12-01T{time}Z"):
        refusal = DailyCapReached(datetime(2026, 12, 2, tzinfo=UTC))
    assert refusal.retry_after_seconds == pytest.approx(seconds, abs=1)


def test_a_queue_that_a_vip_can_still_join_is_not_told_to_be_full(
    order: Any, task: EmojiTask, settings: Any, configure: Any, anonymous: APIClient
) -> None:
    many = {"active": 100, "daily": 100}
    configure(task_limits={"free": many, "vip": many})
    settings.DASHSCOPE_PLACES, settings.EMOJI_USUAL_SECONDS, settings.EMOJI_LONGEST_WAIT_SECONDS = 1, 60, 30
    another(task)
    EmojiTask.objects.update(turn_at=timezone.now())
    assert order().json()["params"]["reason"] == "queue_full"
    assert told(anonymous) == {"available": True, "reason": None}


def test_an_order_whose_turn_would_come_too_late_is_not_charged(
    order: Any, task: EmojiTask, user: User, settings: Any, configure: Any, anonymous: APIClient
) -> None:
    many = {"active": 100, "daily": 100}
    configure(task_limits={"free": many, "vip": many})
    settings.DASHSCOPE_PLACES, settings.EMOJI_USUAL_SECONDS, settings.EMOJI_LONGEST_WAIT_SECONDS = 1, 60, 120
    settings.EMOJI_VIP_HEAD_START_SECONDS = 0
    assert order("the-second").status_code == 201
    another(task)
    balance = UserPoints.objects.get(user=user).balance
    answer = order("the-fourth")
    assert (answer.status_code, answer.json()["code"]) == (503, "generation_paused")
    assert (answer.json()["params"]["reason"], answer["Retry-After"]) == ("queue_full", "300")
    assert UserPoints.objects.get(user=user).balance == balance
    assert told(anonymous) == {"available": False, "reason": "queue_full"}
    advance(task, 2)
    assert told(anonymous) == {"available": True, "reason": None}
    assert order("the-fourth").status_code == 201
