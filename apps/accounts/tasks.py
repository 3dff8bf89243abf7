"""The Celery entries of accounts; beat starts them."""

from datetime import timedelta

from celery import shared_task
from kombu.exceptions import OperationalError
from structlog import get_logger

from apps.accounts import deletion, export_building, sessions, suspension
from apps.core import database_clock

MOST_ROUNDS = 50
BELL_IS_LOST_AFTER = timedelta(minutes=1)

log = get_logger(__name__)


@shared_task(name="apps.accounts.tasks.lift_suspensions")
def lift_suspensions() -> None:
    suspension.lift_ended(database_clock.agreed_now())


@shared_task(name="apps.accounts.tasks.forget_ended_sessions")
def forget_ended_sessions() -> None:
    """Daily; what is too much for one day waits for the next."""
    for _ in range(MOST_ROUNDS):
        if not sessions.forget_ended(database_clock.agreed_now()):
            return


@shared_task(name="apps.accounts.tasks.carry_out_deletions", soft_time_limit=240, time_limit=270)
def carry_out_deletions() -> None:
    deletion.carry_out_due(database_clock.agreed_now())


@shared_task(name="apps.accounts.tasks.build_export", soft_time_limit=240, time_limit=270)
def build_export(export_id: int) -> None:
    export_building.build(export_id)


@shared_task(name="apps.accounts.tasks.build_due_exports", soft_time_limit=240, time_limit=270)
def build_due_exports() -> None:
    export_building.build_due(database_clock.agreed_now())
    export_building.expire(database_clock.agreed_now())


def ring_export(export_id: int) -> None:
    """Tell the workers. Without a broker nothing is lost: `build_due_exports` comes by."""
    try:
        build_export.delay(export_id)
    except OperationalError as error:
        log.warning("the bell is out of reach; the next run builds it", export=export_id, error=str(error))
