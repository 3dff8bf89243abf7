from celery import shared_task
from django.conf import settings

from apps.billing import sync, webhook


@shared_task
def process_waiting_events() -> None:
    """Events whose request died before it applied them, events that failed, and those nobody was found for yet."""
    webhook.process_waiting()


@shared_task(soft_time_limit=400, time_limit=420)
def reconcile_overdue_subscriptions() -> None:
    """Only with a key of RevenueCat's REST API."""
    if settings.REVENUECAT_API_KEY:
        sync.reconcile_overdue()
