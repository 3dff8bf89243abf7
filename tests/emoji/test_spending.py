"""A day's emoji may cost so much and no more; what is ordered is made."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from apps.core.snowflake import first_id
from apps.emoji import availability, spending
from apps.emoji.availability import Pause
from apps.emoji.models import EmojiTask
from tests.conftest import at
from tests.emoji.conftest import another

MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
ENDED = {"completed_at": MIDNIGHT + DAY}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """No day ends within a test."""
    with at(MIDNIGHT + DAY / 2):
        yield


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
    for before_ms, counted in ((1, 1), (0, 2)):
        moment = MIDNIGHT - timedelta(milliseconds=before_ms)
        row = another(task)
        EmojiTask.objects.filter(id=row.id).update(id=first_id(moment))
        assert spent() == counted


def test_the_cap_is_kept_until_the_day_ends(task: EmojiTask) -> None:
    cache.clear()
    another(task)
    assert not spending.capped_until()
    another(task)
    cache.clear()
    assert spending.capped_until() == MIDNIGHT + DAY


def test_a_day_that_ends_meanwhile_is_still_the_one_that_is_told(
    task: EmojiTask, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMOJI_DAILY_CAP_CNY = Decimal(1)
    ends_at = MIDNIGHT + DAY
    looks = iter([ends_at - SECOND, ends_at - SECOND, ends_at + SECOND])
    monkeypatch.setattr(timezone, "now", lambda: next(looks))
    cache.clear()
    assert availability.generation_pause(is_any_failing=False) == Pause("daily_cap_reached", ends_at)


def test_without_a_cap_nothing_is_counted(task: EmojiTask, settings: Any, django_assert_max_num_queries: Any) -> None:
    settings.EMOJI_DAILY_CAP_CNY = Decimal(0)
    with django_assert_max_num_queries(0):
        assert not spending.capped_until()
