"""What one user can expect of the weekly reward."""

from dataclasses import dataclass
from datetime import datetime

from apps.accounts import vip
from apps.accounts.models import User
from apps.points import reward_week
from apps.points.models import PointTransaction
from apps.remoteconfig import values
from apps.remoteconfig.values import LIFETIME


@dataclass(frozen=True, slots=True)
class LastReward:
    week: str
    amount: int


@dataclass(frozen=True, slots=True)
class RewardStatus:
    """`amount` is points, 0 for who would get nothing; `eligible` is as things stand now."""

    eligible: bool
    amount: int
    next_at: datetime
    last: LastReward | None


def of_user(user: User, now: datetime) -> RewardStatus:
    next_at = reward_week.due(now).next.due_at
    eligible = vip.is_vip(user, next_at)
    reward = weekly_points(user)
    rows = PointTransaction.objects.filter(user=user, reward_week__isnull=False).order_by("-reward_week")
    last = rows.values_list("reward_week", "amount").first()
    return RewardStatus(
        eligible, reward if eligible else 0, next_at, LastReward(str(last[0]), last[1]) if last else None
    )


def weekly_points(user: User) -> int:
    """What a week brings this user as a VIP."""
    return values.current().weekly_reward[LIFETIME if user.vip_is_lifetime else "weekly"]
