"""The weekly reward of those whose balance had drifted when it was given: theirs once the balance is repaired."""

from typing import Any

from django.db import transaction
from structlog import get_logger

from apps.accounts.models import User
from apps.points import drift, reward_rows
from apps.points.models import WeeklyRewardRun
from apps.points.reward_week import RewardWeek

MOST_TOLD = 20

log = get_logger(__name__)


def users(week: RewardWeek) -> list[int]:
    """Who waits for it."""
    runs = WeeklyRewardRun.objects.filter(week=week.label)
    return runs.values_list("left_user_ids", flat=True).first() or []


def leave(week: RewardWeek, drifted: set[int]) -> None:
    """Nobody can give it to them before they are repaired."""
    _tell(week, drifted)
    WeeklyRewardRun.objects.get_or_create(week=week.label)
    run = _held(week)
    _write(run, left_user_ids=sorted(drifted.union(run.left_user_ids)))


@transaction.atomic
def grant(week: RewardWeek) -> int:
    """Give it to those who are repaired, by the plan that they have now; how many had not got it."""
    left = users(week)
    if drifted := drift.among(left):
        _tell(week, drifted)
    repaired = set(left) - drifted
    if not repaired:
        return 0
    vips = User.objects.filter(id__in=repaired, is_active=True).order_by("id")
    given = reward_rows.give(week, list(vips.values_list("id", "vip_is_lifetime")))
    run = _held(week)
    still = [user_id for user_id in run.left_user_ids if user_id not in repaired]
    _write(run, granted=run.granted + given, left_user_ids=still)
    return given


def _held(week: RewardWeek) -> WeeklyRewardRun:
    """Ours until the transaction ends; after the balances, as everywhere."""
    return WeeklyRewardRun.objects.select_for_update().get(week=week.label)


def _write(run: WeeklyRewardRun, **changes: Any) -> None:
    WeeklyRewardRun.objects.filter(week=run.week).update(**changes)


def _tell(week: RewardWeek, drifted: set[int]) -> None:
    some = sorted(map(str, drifted))[:MOST_TOLD]
    log.error("weekly reward: left until they are repaired", week=week.label, users=len(drifted), user_ids=some)
