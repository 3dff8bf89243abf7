"""The weekly reward: every VIP once a week, in batches of a few statements each (decision: set-based, resumable).

The unique (user, reward_week) makes it weekly: a second run, or one beside this one, gives nothing twice. A batch is
its own short transaction, and the run remembers how far it came, and whom it left because their balance had drifted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from structlog import get_logger

from apps.accounts.models import User, UserQuerySet
from apps.points import drift, left_rewards, reward_rows
from apps.points.models import WeeklyRewardRun
from apps.points.reward_week import RewardWeek

BATCH = 2000

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """Users, so far."""

    seen: int
    granted: int


def grant(week: RewardWeek) -> Iterator[Progress]:
    """Grant one week to everybody who is VIP at its due time; yields after each batch, nothing for a week that is done.

    Whoever bought VIP after the due time and before the week's run was done gets it too. Who was left by an earlier
    run, and is repaired, comes first.
    """
    run, _ = WeeklyRewardRun.objects.get_or_create(week=week.label)
    left_rewards.grant(week)
    seen = granted = 0
    last_user_id = run.last_user_id
    while run.completed_at is None and (batch := _vips_after(week, last_user_id)):
        last_user_id = batch[-1][0]
        given = _grant_batch(week, batch)
        seen, granted = seen + len(batch), granted + given
        log.info("weekly reward", week=week.label, seen=seen, granted=granted)
        yield Progress(seen, granted)
    if run.completed_at is None:
        complete(week)


def grant_late(week: RewardWeek, vips: list[tuple[int, bool]]) -> int:
    """Grant a week to those who are known only now to have been VIP at its due time, each named once, with whether it
    was for good; how many had not got it.

    Joins the caller's transaction, with what told it.
    """
    return _given(week, vips)


def complete(week: RewardWeek, granted_late: int = 0) -> None:
    """Nobody gets it by a run any more."""
    WeeklyRewardRun.objects.get_or_create(week=week.label)
    WeeklyRewardRun.objects.filter(week=week.label).update(
        granted=F("granted") + granted_late, completed_at=timezone.now()
    )


def completed_at(week: RewardWeek) -> datetime | None:
    return WeeklyRewardRun.objects.filter(week=week.label).values_list("completed_at", flat=True).first()


def count_due(week: RewardWeek) -> int:
    """How many VIPs have not got this week's reward yet. Who was VIP in a week that is over, billing knows."""
    return count_without(week, _vips(week))


def count_without(week: RewardWeek, users: UserQuerySet) -> int:
    return users.exclude(point_transactions__reward_week=week.label).count()


def _vips(week: RewardWeek) -> UserQuerySet:
    return User.objects.vips(week.due_at).filter(is_active=True)


def _vips_after(week: RewardWeek, user_id: int) -> list[tuple[int, bool]]:
    vips = _vips(week).filter(id__gt=user_id).order_by("id")
    return list(vips.values_list("id", "vip_is_lifetime")[:BATCH])


@transaction.atomic(durable=True)
def _grant_batch(week: RewardWeek, batch: list[tuple[int, bool]]) -> int:
    given = _given(week, batch)
    last_user_id = batch[-1][0]
    WeeklyRewardRun.objects.filter(week=week.label, last_user_id__lt=last_user_id).update(last_user_id=last_user_id)
    WeeklyRewardRun.objects.filter(week=week.label).update(granted=F("granted") + given)
    return given


def _given(week: RewardWeek, batch: list[tuple[int, bool]]) -> int:
    """How many of them had not got it yet. Who cannot have it before a repair is left, and holds up nobody else."""
    try:
        return reward_rows.give(week, batch)
    except IntegrityError:
        drifted = drift.among([user_id for user_id, _ in batch])
        if not drifted:
            raise
    given = reward_rows.give(week, [vip for vip in batch if vip[0] not in drifted])
    left_rewards.leave(week, drifted)
    return given
