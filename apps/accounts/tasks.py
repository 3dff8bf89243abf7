"""The Celery entries of accounts; beat starts them."""

from celery import shared_task
from django.utils import timezone

from apps.accounts import deletion, sessions, suspension

MOST_ROUNDS = 50


@shared_task(name="apps.accounts.tasks.lift_suspensions")
def lift_suspensions() -> None:
    suspension.lift_ended(timezone.now())


@shared_task(name="apps.accounts.tasks.forget_ended_sessions")
def forget_ended_sessions() -> None:
    """Daily; what is too much for one day waits for the next."""
    for _ in range(MOST_ROUNDS):
        if not sessions.forget_ended(timezone.now()):
            return


@shared_task(name="apps.accounts.tasks.carry_out_deletions", soft_time_limit=240, time_limit=270)
def carry_out_deletions() -> None:
    deletion.carry_out_due(timezone.now())
