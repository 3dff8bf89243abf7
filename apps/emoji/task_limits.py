"""How many emoji one user may have in the making, and order in a day (UTC)."""

from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.core import snowflake
from apps.core.errors import DailyLimitReached, DomainError
from apps.core.postgres import direct
from apps.remoteconfig import values
from apps.remoteconfig.emoji_rules import TaskLimits

ACTIVE_AND_TODAY = """
SELECT
    (SELECT count(*) FROM emoji_emojitask WHERE user_id = %s AND status IN ('queued', 'processing')),
    (SELECT count(*) FROM emoji_emojitask WHERE user_id = %s AND id >= %s),
    statement_timestamp()
"""


class ActiveTaskLimitReached(DomainError):
    code = "active_task_limit_reached"
    status = 409
    title = "Too many emoji at once"
    detail = "{active} of {limit} are being made; wait for one of them."
    param_names = ("limit", "active")


def midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def enough_for_today(limit: int, now: datetime) -> DailyLimitReached:
    return DailyLimitReached(limit, midnight(now) + timedelta(days=1), now)


def require_room(locked_user: User, is_vip: bool, now: datetime) -> datetime:
    """For one more task; tells what time it is by the database's clock.

    The user's row is locked, so that of several requests at once each sees those before it. A canceled or deleted task
    counts for its day: else a user could order and cancel without an end.

    Raises ActiveTaskLimitReached, DailyLimitReached.
    """
    limits = _limits(is_vip)
    asked = [locked_user.id, locked_user.id, snowflake.first_id(midnight(now))]
    ((active, today, at),) = direct.run(ACTIVE_AND_TODAY, asked).rows
    if active >= limits.active:
        raise ActiveTaskLimitReached(limit=limits.active, active=active)
    if today >= limits.daily:
        raise enough_for_today(limits.daily, now)
    moment: datetime = at
    return moment


def _limits(is_vip: bool) -> TaskLimits:
    return values.current().task_limits["vip" if is_vip else "free"]
