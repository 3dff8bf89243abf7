"""The rows of a batch of weekly rewards: set-based, a few statements however many users there are."""

from typing import Any

from django.db import connection, transaction

from apps.core.snowflake import next_ids
from apps.points import metrics, titles
from apps.points.models import PointTransaction
from apps.points.reward_week import RewardWeek
from apps.remoteconfig import values
from apps.remoteconfig.values import LIFETIME

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


@transaction.atomic
def give(week: RewardWeek, vips: list[tuple[int, bool]]) -> int:
    """Write them for users, each named once with whether they are VIP for good; how many had not got it yet.

    Raises IntegrityError when one of the balances has drifted: nobody has got it then.
    """
    users = [user_id for user_id, _ in vips]
    with connection.cursor() as cursor:
        cursor.execute(OPEN_BALANCES, {"ids": next_ids(len(users)), "users": users})
        cursor.execute(GRANT, _wanted(week, vips))
        given, points = cursor.fetchone()
    metrics.moves(PointTransaction.Kind.WEEKLY_REWARD, points)
    return int(given)


def _wanted(week: RewardWeek, vips: list[tuple[int, bool]]) -> dict[str, Any]:
    config, ids = values.current(), next_ids(len(vips))
    return {
        "ids": ids,
        # Unused when nothing expires.
        "lots": next_ids(len(vips)) if config.reward_lifetime else ids,
        "users": [user_id for user_id, _ in vips],
        "amounts": [config.weekly_reward[LIFETIME if is_lifetime else "weekly"] for _, is_lifetime in vips],
        "week": week.label,
        "title": titles.WEEKLY_REWARD,
        "expires_at": config.reward_lifetime and week.due_at + config.reward_lifetime,
    }
