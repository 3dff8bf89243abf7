from celery import shared_task

from apps.core import database_clock, idempotency, invariant_run


@shared_task(name="apps.core.tasks.check_invariants", soft_time_limit=240, time_limit=270)
def check_invariants() -> None:
    """Nightly; what is broken is in the log as an error, and in the admin."""
    invariant_run.look().save()


@shared_task(name="apps.core.tasks.forget_idempotency_keys", soft_time_limit=240, time_limit=270)
def forget_idempotency_keys() -> None:
    idempotency.forget_old(database_clock.agreed_now())
