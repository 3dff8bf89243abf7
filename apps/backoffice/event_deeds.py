"""What staff may do with a billing event."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from apps.backoffice import confirmation
from apps.backoffice.confirmation import Deed, Refused
from apps.billing import webhook
from apps.billing.models import RevenueCatEvent
from apps.staff import audit


def process_again(request: HttpRequest, event_id: int) -> HttpResponse:
    event = get_object_or_404(RevenueCatEvent, id=event_id)
    deed = Deed(
        action="event.process",
        permission="billing.change_revenuecatevent",
        title="Process the event again",
        meaning="What follows from it is derived from all events once more. Repeating that doubles nothing.",
        perform=lambda _: _processed(event),
        facts=partial(_facts, event_id),
        # It is a transaction of its own.
        calls_out=True,
    )
    return confirmation.page(request, deed, event, reverse("admin:billing_revenuecatevent_change", args=[event_id]))


def _processed(event: RevenueCatEvent) -> str:
    webhook.process(event)
    event.refresh_from_db()
    if event.outcome == RevenueCatEvent.Outcome.FAILED:
        raise Refused(f"It failed again: {event.reason}.")
    return f"The event is {event.outcome}. {event.reason}".strip()


def _facts(event_id: int) -> audit.Facts:
    return dict(RevenueCatEvent.objects.values("outcome", "reason", "attempts", "user_id").get(id=event_id))
