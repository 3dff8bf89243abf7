import time

from celery import shared_task
from django.conf import settings

from apps.billing import sync, webhook

LONGEST_SECONDS = 60.0


@shared_task(soft_time_limit=120, time_limit=150)
def process_waiting_events() -> None:
    """What came in a burst, what a request died before, what failed, and what nobody was found for yet."""
    ends_at = time.monotonic() + LONGEST_SECONDS
    while webhook.process_waiting() and time.monotonic() < ends_at:
        pass


@shared_task(soft_time_limit=400, time_limit=420)
def reconcile_overdue_subscriptions() -> None:
    """Only with a key of RevenueCat's REST API."""
    if settings.REVENUECAT_API_KEY:
        sync.reconcile_overdue()
