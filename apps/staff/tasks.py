from celery import shared_task
from django.utils import timezone

from apps.staff import letters


@shared_task(name="apps.staff.tasks.send_letters", soft_time_limit=240, time_limit=270)
def send_letters() -> None:
    """Every minute; and what is long past is forgotten."""
    now = timezone.now()
    letters.send_waiting(now)
    letters.forget_old(now)
