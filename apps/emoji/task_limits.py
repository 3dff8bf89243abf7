"""How many emoji one user may have in the making, and order in a day (UTC)."""

from datetime import datetime, timedelta

from apps.core import snowflake
from apps.core.errors import DailyLimitReached, DomainError
from apps.core.utc_day import midnight
from apps.remoteconfig import values

# Of a user; and of a user, since an id.
ACTIVE = "SELECT count(*) FROM emoji_emojitask WHERE user_id = %s AND status IN ('queued', 'processing')"
TODAY = "SELECT count(*) FROM emoji_emojitask WHERE user_id = %s AND id >= %s"


class ActiveTaskLimitReached(DomainError):
    code = "active_task_limit_reached"
    status = 409
    title = "Too many emoji at once"
    detail = "{active} of {limit} are being made; wait for one of them."
    param_names = ("limit", "active")


def enough_for_today(limit: int, now: datetime) -> DailyLimitReached:
    return DailyLimitReached(limit, midnight(now) + timedelta(days=1), now)


def asked(user_id: int, now: datetime) -> list[int]:
    """What ACTIVE and TODAY are asked with, while the user's row is locked: of several requests at once each sees those
    before it. A canceled or deleted task counts for its day: else a user could order and cancel without an end."""
    return [user_id, user_id, snowflake.first_id(midnight(now))]


def require_room(active: int, today: int, is_vip: bool, now: datetime) -> None:
    """For one more task. Raises ActiveTaskLimitReached, DailyLimitReached."""
    limits = values.current().task_limits["vip" if is_vip else "free"]
    if active >= limits.active:
        raise ActiveTaskLimitReached(limit=limits.active, active=active)
    if today >= limits.daily:
        raise enough_for_today(limits.daily, now)
