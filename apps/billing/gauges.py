"""The state of the inbox of RevenueCat's events."""

from datetime import timedelta

from django.db.models import Count, Min
from django.utils import timezone

from apps.billing.models import RevenueCatEvent
from apps.core import metrics
from apps.core.metrics import Labels

Outcome = RevenueCatEvent.Outcome
WAITING = (Outcome.RECEIVED, Outcome.FAILED, Outcome.UNMATCHED)


@metrics.state(
    "pk_webhook_events_waiting", "Stored events that will be looked at again, by outcome so far", ["outcome"]
)
def waiting() -> dict[Labels, float]:
    rows = RevenueCatEvent.objects.filter(next_try_at__isnull=False).order_by().values_list("outcome")
    return dict.fromkeys(((one,) for one in WAITING), 0.0) | {
        (outcome,): number for outcome, number in rows.annotate(Count("id"))
    }


@metrics.state("pk_webhook_oldest_seconds", "How long the oldest event that should have been applied has been due")
def oldest() -> dict[Labels, float]:
    due = RevenueCatEvent.objects.filter(next_try_at__lt=timezone.now(), outcome=Outcome.RECEIVED)
    first = due.aggregate(first=Min("next_try_at"))["first"]
    return {(): max((timezone.now() - first) / timedelta(seconds=1), 0.0) if first else 0.0}
