from celery import shared_task

from apps.core import database_clock
from apps.points import expiry, reward_week, weekly_reward


@shared_task(name="apps.points.tasks.grant_weekly_reward", soft_time_limit=240, time_limit=270)
def grant_weekly_reward() -> None:
    """Every hour, so that no outage of beat loses a week; the ledger makes it weekly, and a stopped run goes on."""
    for _ in weekly_reward.grant(reward_week.due(database_clock.agreed_now())):
        pass


@shared_task(name="apps.points.tasks.expire_points", soft_time_limit=240, time_limit=270)
def expire_points() -> None:
    expiry.expire_due(database_clock.agreed_now())
