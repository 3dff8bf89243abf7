"""What an order is decided on is what each part of it tells alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Device
from apps.core.snowflake import next_id
from apps.emoji import order_facts
from apps.emoji.models import EmojiTask, PhotoUpload
from apps.emoji.order_facts import OrderFacts
from apps.emoji.queue_positions import QueuePositions
from tests.emoji.conftest import another


def asked(task: EmojiTask, *, is_vip: bool = False) -> OrderFacts:
    return order_facts.ask(task.user_id, task.upload, next_id(), is_vip=is_vip, now=timezone.now())


def test_the_tasks_of_the_user_and_of_their_day_are_counted(task: EmojiTask, new_device: Callable[[], Device]) -> None:
    another(task, user=new_device().user)
    another(task, status="failed", completed_at=timezone.now(), error_code="internal_error")
    facts = asked(task)
    assert (facts.active, facts.today) == (1, 2)


def test_so_many_are_before_it_as_its_position_tells(task: EmojiTask) -> None:
    EmojiTask.objects.update(turn_at=timezone.now() - timedelta(hours=1))
    for minutes in (-2, -1, 5):
        another(task, turn_at=timezone.now() + timedelta(minutes=minutes))
    facts = asked(task)
    ordered = another(task, turn_at=facts.ordered_at)
    assert 1 + facts.earlier == QueuePositions().of(ordered) == 4


def test_a_vip_is_before_who_ordered_a_little_earlier(task: EmojiTask) -> None:
    EmojiTask.objects.update(turn_at=timezone.now())
    assert (asked(task).earlier, asked(task, is_vip=True).earlier) == (1, 0)


def test_the_photo_is_kept_from_then_on(task: EmojiTask) -> None:
    never = timezone.now() + timedelta(days=365)
    PhotoUpload.objects.update(next_look_at=never, closed_at=None)
    assert asked(task).kept == 1
    assert PhotoUpload.objects.get(id=task.upload_id).next_look_at < never


@pytest.mark.django_db(transaction=True)
def test_a_photo_that_is_closed_is_not(task: EmojiTask) -> None:
    PhotoUpload.objects.update(closed_at=timezone.now())
    with transaction.atomic():
        assert asked(task).kept == 0
