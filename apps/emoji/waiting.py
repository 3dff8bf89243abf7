"""Where a task stands, and when it will be done: measured on those that were finished last."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from statistics import quantiles
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db.models import F
from django.utils import timezone

from apps.emoji import admission
from apps.emoji.models import OPEN, EmojiTask, Status
from apps.emoji.queue_positions import QueuePositions

LAST = 50
REMEMBERED_SECONDS = 10
_positions = QueuePositions()
COUNTED = _positions.near


class Took(NamedTuple):
    """Seconds that the last tasks took: half of them at most `usual`, nine of ten at most `high`."""

    usual: float
    high: float


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """`position` counts from 1, and is None for a task that has begun; times are seconds from now until the clip.

    `begins_in_seconds` is when there is a place for it.
    """

    position: int | None
    eta_seconds: int
    eta_high_seconds: int
    begins_in_seconds: float = field(default=0, compare=False)


def queue_place(task: EmojiTask) -> QueuePlace | None:
    """None for a task that has ended."""
    if task.status not in OPEN:
        return None
    if task.status == Status.PROCESSING:
        passed = (timezone.now() - task.started_at).total_seconds() if task.started_at else 0
        return left_of_a_begun_one(passed, _last_ones())
    return _place_at(_positions.of(task))


def place_after(earlier: int, task: EmojiTask) -> QueuePlace:
    """Of one that has not begun, before which so many were counted, up to COUNTED."""
    return _place_at(_positions.after(earlier, task))


def _place_at(position: int) -> QueuePlace:
    free = sum(admission.free_places().values())
    return expected(position, free, admission.places(), _last_ones())


def left_of_a_begun_one(passed: float, took: Took) -> QueuePlace:
    """`passed`: the seconds that it has had."""
    return QueuePlace(None, ceil(max(took.usual - passed, 1)), ceil(max(took.high - passed, 1)))


def expected(position: int, free: int, places: int, took: Took) -> QueuePlace:
    """Of a waiting task: one of all the places comes free each `usual / places` seconds, and `free` are free now."""
    before = max(position - free, 0) / max(places, 1)
    # However long the last ones took: a place is free at the deadline, and while a clip waits for our store.
    begins_in = min(took.usual, settings.EMOJI_DEADLINE_SECONDS) * before
    return QueuePlace(position, ceil(took.usual * (before + 1)), ceil(took.high * (before + 1)), begins_in)


def took(durations: Sequence[float]) -> Took:
    """From one or more of them, in seconds."""
    if len(durations) == 1:
        return Took(durations[0], durations[0])
    tenths = quantiles(durations, n=10, method="inclusive")
    return Took(tenths[4], tenths[8])


def head_start(is_vip: bool) -> timedelta:
    """By how much a VIP's turn is earlier than the order. It is no more than that: who has waited long comes first."""
    return timedelta(seconds=settings.EMOJI_VIP_HEAD_START_SECONDS if is_vip else 0)


def _last_ones() -> Took:
    return cache.get_or_set("emoji:last-ones", _measured, REMEMBERED_SECONDS) or took([settings.EMOJI_USUAL_SECONDS])


def _measured() -> Took | None:
    finished = EmojiTask.objects.filter(status=Status.SUCCEEDED, started_at__isnull=False).order_by("-completed_at")
    rows = finished.annotate(took=F("completed_at") - F("started_at")).values_list("took", flat=True)
    durations = [row.total_seconds() for row in rows[:LAST]]
    return took(durations) if durations else None
