"""What waits, what is stuck and what is used up is told as it is."""

from datetime import timedelta
from typing import Any

import pytest
import redis
from django.utils import timezone

from apps.emoji import backends, breaker, budgets
from apps.emoji.budgets import Call
from apps.emoji.models import EmojiTask
from apps.emoji.provider import Fault
from dev.fake_dashscope import FakeDashScope
from tests.emoji.conftest import counted_since_long
from tests.scrape import scrape

HOUR = timedelta(hours=1)


def change(task: EmojiTask, **fields: Any) -> None:
    EmojiTask.objects.filter(id=task.id).update(**fields)


def test_nothing_to_do_is_zero(db: None) -> None:
    told = scrape()
    for name in ("pk_tasks_open", "pk_queue_oldest_seconds", "pk_outbox_pending", "pk_outbox_oldest_seconds"):
        assert told.has(name)
        assert told.value(name) == 0, name
    assert told.value("pk_tasks_stuck") == 0


def test_a_task_that_waits_for_its_turn_is_in_the_queue_and_not_in_the_outbox(task: EmojiTask) -> None:
    change(task, created_at=timezone.now() - HOUR)
    told = scrape()
    assert told.value("pk_tasks_open", status="queued") == 1
    assert told.value("pk_queue_oldest_seconds", queue="emoji") >= 3600
    assert told.value("pk_outbox_pending") == told.value("pk_tasks_stuck") == 0


def test_a_begun_task_whose_bell_has_not_rung_is_in_the_outbox(task: EmojiTask) -> None:
    change(task, status="processing", stage="saving", next_step_at=timezone.now() - timedelta(minutes=2))
    told = scrape()
    assert told.value("pk_tasks_open", status="processing") == told.value("pk_outbox_pending") == 1
    assert told.value("pk_outbox_oldest_seconds") >= 120
    assert told.value("pk_tasks_stuck") == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "processing", "next_step_at": timezone.now() - HOUR},
        {"status": "processing", "next_step_at": timezone.now() + HOUR, "deadline_at": timezone.now() - HOUR},
        {"created_at": timezone.now() - 12 * HOUR, "next_step_at": timezone.now() - HOUR},
    ],
)
def test_a_task_that_nobody_brings_on_is_stuck(task: EmojiTask, fields: dict[str, Any]) -> None:
    change(task, **fields)
    assert scrape().value("pk_tasks_stuck") == 1


def test_a_task_that_somebody_works_on_is_not_stuck(task: EmojiTask) -> None:
    soon = timezone.now() + timedelta(minutes=1)
    change(task, status="processing", next_step_at=timezone.now() - HOUR, lease_until=soon)
    assert scrape().value("pk_tasks_stuck") == 0


def test_a_submission_that_was_sent_twice_is_told(task: EmojiTask) -> None:
    ended = {"completed_at": timezone.now(), "result_key": "results/1", "result_size": 1, "result_sha256": "x"}
    change(task, status="succeeded", submit_no=2, **ended)
    assert scrape().value("pk_submissions_repeated") == 1


def test_an_account_that_is_left_alone_is_told_with_the_reason(
    guarded_dashscope: FakeDashScope, account: str, db: None
) -> None:
    assert scrape().value("pk_provider_account_out", account=account) == 0
    breaker.fails(account, Fault.ACCOUNT, "in arrears")
    assert scrape().value("pk_provider_account_out", account=account, fault="account") == 1


def test_places_and_those_that_are_taken_are_told(
    task: EmojiTask, guarded_dashscope: FakeDashScope, account: str
) -> None:
    change(task, status="processing", provider_account=account)
    told = scrape()
    assert told.value("pk_provider_places", account=account) == 100
    assert told.value("pk_provider_places_taken", account=account) == 1


def test_the_share_of_its_calls_that_an_account_has_used_is_told(
    guarded_dashscope: FakeDashScope, account: str, settings: Any, store: "redis.Redis", db: None
) -> None:
    settings.DASHSCOPE_LOOK_UPS_PER_SECOND = 4 / 3600
    backends.forget()
    counted_since_long(store, account, Call.LOOK_UP)
    assert scrape().value("pk_dashscope_budget_used", account=account, op="look_up") == 0
    budgets.take(account, Call.LOOK_UP, 4 / 3600)
    assert scrape().value("pk_dashscope_budget_used", account=account, op="look_up") == 1


@pytest.mark.usefixtures("one_day")
def test_the_days_money_and_its_cap_are_told(task: EmojiTask, settings: Any) -> None:
    settings.EMOJI_DAILY_CAP_CNY = 100 * settings.EMOJI_CLIP_CNY
    told = scrape()
    assert told.value("pk_spend_cny") == pytest.approx(0.404)
    assert told.value("pk_spend_cap_cny") == pytest.approx(40.4)


@pytest.mark.usefixtures("one_day")
def test_that_nothing_is_sold_is_told_with_the_reason(task: EmojiTask, settings: Any) -> None:
    assert scrape().value("pk_generation_paused") == 0
    settings.EMOJI_DAILY_CAP_CNY = settings.EMOJI_CLIP_CNY
    assert scrape().value("pk_generation_paused", reason="daily_cap_reached") == 1
