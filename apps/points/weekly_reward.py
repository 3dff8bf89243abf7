"""The weekly reward: every VIP once a week, in batches of a few statements each (decision: set-based, resumable).

The unique (user, reward_week) makes it weekly: a second run, or one beside this one, gives nothing twice. A batch is
its own short transaction, and the run remembers how far it came.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from structlog import get_logger

from apps.accounts.models import User, UserQuerySet
from apps.core.snowflake import next_ids
from apps.points import metrics, titles
from apps.points.models import PointTransaction, WeeklyRewardRun
from apps.points.reward_week import RewardWeek
from apps.remoteconfig import values
from apps.remoteconfig.values import LIFETIME

BATCH = 2000

OPEN_BALANCES = """
    INSERT INTO points_userpoints (id, user_id, purchased, granted, last_sequence, created_at, updated_at)
    SELECT id, user_id, 0, 0, 0, now(), now() FROM unnest(%(ids)s::bigint[], %(users)s::bigint[]) AS new (id, user_id)
    WHERE NOT EXISTS (SELECT 1 FROM points_userpoints AS known WHERE known.user_id = new.user_id)
    ON CONFLICT (user_id) DO NOTHING
"""
# Balance rows are locked in the order of their users, as two runs side by side need it.
GRANT = """
    WITH locked AS (
        SELECT points.user_id, points.balance, points.last_sequence, wanted.id, wanted.lot_id, wanted.amount
        FROM points_userpoints AS points
        JOIN unnest(%(ids)s::bigint[], %(lots)s::bigint[], %(users)s::bigint[], %(amounts)s::bigint[])
            AS wanted (id, lot_id, user_id, amount)
            ON wanted.user_id = points.user_id
        ORDER BY points.user_id
        FOR NO KEY UPDATE OF points
    ), given AS (
        INSERT INTO points_pointtransaction
            (id, user_id, kind, sequence, amount, purchased_amount, granted_amount, balance_after, reference, title,
             reward_week, created_at)
        SELECT id, user_id, 'weekly_reward', last_sequence + 1, amount, 0, amount, balance + amount,
            'weekly_reward:' || %(week)s || ':' || user_id, %(title)s, %(week)s, now()
        FROM locked
        ON CONFLICT DO NOTHING
        RETURNING id, user_id, amount
    ), lots AS (
        INSERT INTO points_grantlot (id, user_id, credit_id, remaining, expires_at, created_at, updated_at)
        SELECT locked.lot_id, given.user_id, given.id, given.amount, %(expires_at)s, now(), now()
        FROM given JOIN locked USING (user_id)
        WHERE %(expires_at)s::timestamptz IS NOT NULL
    ), updated AS (
        UPDATE points_userpoints AS points
        SET granted = points.granted + given.amount, last_sequence = points.last_sequence + 1, updated_at = now()
        FROM given WHERE given.user_id = points.user_id
        RETURNING given.amount
    )
    SELECT count(*), coalesce(sum(amount), 0)::bigint FROM updated
"""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """Users, so far."""

    seen: int
    granted: int


def grant(week: RewardWeek) -> Iterator[Progress]:
    """Grant one week to everybody who is VIP at its due time; yields after each batch, nothing for a week that is done.

    Whoever bought VIP after the due time and before the week's run was done gets it too.
    """
    run, _ = WeeklyRewardRun.objects.get_or_create(week=week.label)
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


@transaction.atomic
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
    return users.filter(is_active=True).exclude(point_transactions__reward_week=week.label).count()


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
    """How many of them had not got it yet."""
    users = [user_id for user_id, _ in batch]
    with connection.cursor() as cursor:
        cursor.execute(OPEN_BALANCES, {"ids": next_ids(len(users)), "users": users})
        cursor.execute(GRANT, _wanted(week, batch))
        given, points = cursor.fetchone()
    metrics.moves(PointTransaction.Kind.WEEKLY_REWARD, points)
    return int(given)


def _wanted(week: RewardWeek, batch: list[tuple[int, bool]]) -> dict[str, Any]:
    config, ids = values.current(), next_ids(len(batch))
    return {
        "ids": ids,
        # Unused when nothing expires.
        "lots": next_ids(len(batch)) if config.reward_lifetime else ids,
        "users": [user_id for user_id, _ in batch],
        "amounts": [config.weekly_reward[LIFETIME if is_lifetime else "weekly"] for _, is_lifetime in batch],
        "week": week.label,
        "title": titles.WEEKLY_REWARD,
        "expires_at": config.reward_lifetime and week.due_at + config.reward_lifetime,
    }
