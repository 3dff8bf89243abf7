"""A task is told how many are before it, whether they are counted or looked up."""

from datetime import timedelta
from typing import Any

import pytest

from apps.emoji.models import EmojiTask
from apps.emoji.queue_positions import QueuePositions
from tests.emoji.conftest import another

MINUTE = timedelta(minutes=1)


@pytest.fixture
def queue(task: EmojiTask) -> list[EmojiTask]:
    """Six that wait, in turn."""
    return [another(task, turn_at=task.turn_at - number * MINUTE) for number in range(5, 0, -1)] + [task]


def test_everybody_is_told_the_same_by_counting_and_by_the_list(queue: list[EmojiTask]) -> None:
    counted, listed = QueuePositions(near=100), QueuePositions(near=2)
    assert [counted.of(one) for one in queue] == [1, 2, 3, 4, 5, 6]
    assert [listed.of(one) for one in queue] == [1, 2, 3, 4, 5, 6]


def test_the_list_is_looked_at_anew_after_a_while(queue: list[EmojiTask]) -> None:
    kept, fresh = QueuePositions(near=2, remembered=3600), QueuePositions(near=2, remembered=0)
    assert (kept.of(queue[-1]), fresh.of(queue[-1])) == (6, 6)
    EmojiTask.objects.filter(id__in=[queue[2].id, queue[3].id]).update(status="processing")
    assert (kept.of(queue[-1]), fresh.of(queue[-1])) == (6, 4)


def test_who_is_near_the_front_is_never_told_what_was(queue: list[EmojiTask]) -> None:
    kept = QueuePositions(near=4, remembered=3600)
    assert kept.of(queue[-1]) == 6
    EmojiTask.objects.filter(id__in=[one.id for one in queue[:3]]).update(status="processing")
    assert kept.of(queue[-1]) == 3


def test_beyond_the_list_nobody_is_told_a_place_before_those_on_it(queue: list[EmojiTask]) -> None:
    kept = QueuePositions(near=2, remembered=3600)
    kept.of(queue[-1])
    latest = another(queue[-1], turn_at=queue[-1].turn_at + MINUTE)
    assert kept.of(latest) == 7


def test_who_is_very_far_behind_is_only_looked_up(queue: list[EmojiTask], django_assert_num_queries: Any) -> None:
    kept = QueuePositions(near=1, remembered=3600)
    kept.of(queue[-1])
    behind = [another(queue[-1], turn_at=queue[-1].turn_at + number * MINUTE) for number in range(1, 7)]
    assert kept.of(behind[-1]) == 7
    kept = QueuePositions(near=1, remembered=3600)
    assert kept.of(behind[-1]) == 12
    with django_assert_num_queries(0):
        assert kept.of(behind[-1]) == 12
    with django_assert_num_queries(1):
        assert kept.of(behind[-3]) == 10
