"""A day's emoji may cost so much and no more; what is ordered is made."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from apps.core.snowflake import first_id
from apps.emoji import spending
from apps.emoji.models import EmojiTask
from tests.emoji.conftest import another

ENDED = {"completed_at": timezone.now()}


@pytest.fixture(autouse=True)
def one_yuan_a_clip(settings: Any) -> None:
    settings.EMOJI_CLIP_CNY = Decimal(1)
    settings.EMOJI_DAILY_CAP_CNY = Decimal(3)


def spent() -> Decimal:
    cache.clear()
    return spending.committed()


def test_each_submission_of_today_costs(task: EmojiTask) -> None:
    another(task, status="failed", error_code="provider_timeout", submit_no=2, **ENDED)
    assert spent() == 1 + 2


def test_what_is_waiting_will_cost(task: EmojiTask) -> None:
    assert spent() == 1


def test_what_is_being_made_costs_what_was_submitted(task: EmojiTask) -> None:
    EmojiTask.objects.update(status="processing", submit_no=1)
    assert spent() == 1
    EmojiTask.objects.update(submit_no=2)
    assert spent() == 2


def test_what_was_never_submitted_costs_nothing(task: EmojiTask) -> None:
    EmojiTask.objects.update(status="failed", error_code="photo_no_face", **ENDED)
    assert spent() == 0


def test_yesterday_is_over(task: EmojiTask) -> None:
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    for before_ms, counted in ((1, 1), (0, 2)):
        moment = midnight - timedelta(milliseconds=before_ms)
        row = another(task)
        EmojiTask.objects.filter(id=row.id).update(id=first_id(moment))
        assert spent() == counted


def test_the_cap_is_kept(task: EmojiTask) -> None:
    cache.clear()
    another(task)
    assert not spending.is_capped()
    another(task)
    cache.clear()
    assert spending.is_capped()


def test_without_a_cap_nothing_is_counted(task: EmojiTask, settings: Any, django_assert_max_num_queries: Any) -> None:
    settings.EMOJI_DAILY_CAP_CNY = Decimal(0)
    with django_assert_max_num_queries(0):
        assert not spending.is_capped()


def test_a_new_day_begins_at_midnight() -> None:
    assert timedelta() < spending.tomorrow() - timezone.now() <= timedelta(days=1)
