from celery import shared_task

from apps.backoffice import daily


@shared_task(name="apps.backoffice.tasks.count_days", soft_time_limit=240, time_limit=270)
def count_days() -> None:
    """Hourly: the figures of days that are over, for the dashboard."""
    daily.count()
