from celery import shared_task
from django.utils import timezone

from apps.billing import webhook
from apps.billing.models import RevenueCatEvent

MOST_AT_ONCE = 100
Outcome = RevenueCatEvent.Outcome


@shared_task
def process_waiting_events() -> None:
    """Events whose request died before it applied them, and events that failed and are due again."""
    due = RevenueCatEvent.objects.filter(
        outcome__in=(Outcome.RECEIVED, Outcome.FAILED), next_try_at__lte=timezone.now()
    ).order_by("next_try_at")
    for row_id in due.values_list("id", flat=True)[:MOST_AT_ONCE]:
        webhook.process(row_id)
