"""Store an event once, then apply it. Stored means kept for good: what goes wrong later is repaired from the row."""

import traceback
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from structlog import get_logger

from apps.billing import effects, revenuecat
from apps.billing.models import RevenueCatEvent
from apps.billing.revenuecat import Event

Outcome = RevenueCatEvent.Outcome
Source = RevenueCatEvent.Source
FIRST_LOOK = timedelta(seconds=30)
LONGEST_BACK_OFF = timedelta(hours=1)
UNMATCHED_BACK_OFF = timedelta(days=1)
UNMATCHED_FOR = timedelta(days=60)
MOST_AT_ONCE = 100

log = get_logger(__name__)


def receive(body: bytes, source: Source = Source.WEBHOOK) -> tuple[RevenueCatEvent | None, bool]:
    """The stored event, and whether it is new; None for what is not worth a row. Raises MalformedEvent.

    When it returns, the event is committed.
    """
    event = revenuecat.read(body)
    if event.type.startswith(effects.NOT_STORED_PREFIX):
        return None, False
    with transaction.atomic(durable=True):
        row, is_new = RevenueCatEvent.objects.get_or_create(event_id=event.id, defaults=_columns(event, body, source))
        if not is_new:
            RevenueCatEvent.objects.filter(id=row.id).update(deliveries=F("deliveries") + 1)
    return row, is_new


def process(row_id: int) -> None:
    """Apply a stored event in a transaction of its own. A failure is written down and tried again, never raised."""
    try:
        with transaction.atomic(durable=True):
            row = RevenueCatEvent.objects.select_for_update(of=("self",)).get(id=row_id)
            woken = effects.apply(row)
            _look_again_later(row)
    except Exception as error:
        log.exception("a RevenueCat event could not be applied", row=row_id)
        _note_failure(row_id, error)
    else:
        if woken:
            process_waiting(row.names)


def process_waiting(names: Sequence[str] = ()) -> None:
    """Those that are due; of these names only, when there are any."""
    due = RevenueCatEvent.objects.filter(next_try_at__lte=timezone.now()).order_by("next_try_at", "id")
    if names:
        due = due.filter(names__overlap=list(names), outcome=Outcome.RECEIVED)
    for row_id in list(due.values_list("id", flat=True)[:MOST_AT_ONCE]):
        process(row_id)


def _columns(event: Event, body: bytes, source: Source) -> dict[str, object]:
    return {
        "body": body,
        "source": source,
        "type": event.type,
        "event_at_ms": event.event_at_ms,
        "environment": event.environment,
        "store": event.store,
        "app_user_id": next(iter(event.customer_ids), ""),
        "names": list(event.names),
        "product_id": event.product_id,
        "transaction_id": event.transaction_id,
        "original_transaction_id": event.original_transaction_id,
        # Whoever comes by before the request has applied it leaves it alone for a moment.
        "next_try_at": timezone.now() + FIRST_LOOK,
    }


def _look_again_later(row: RevenueCatEvent) -> None:
    """A product may be added to the catalogue, a user be imported: what was unmatched is looked at now and then."""
    if row.outcome == Outcome.UNMATCHED and timezone.now() - row.created_at < UNMATCHED_FOR:
        wait = min(FIRST_LOOK * 2 ** min(row.attempts, 20), UNMATCHED_BACK_OFF)
        RevenueCatEvent.objects.filter(id=row.id).update(attempts=F("attempts") + 1, next_try_at=timezone.now() + wait)


def _note_failure(row_id: int, error: Exception) -> None:
    row = RevenueCatEvent.objects.get(id=row_id)
    wait = min(FIRST_LOOK * 2 ** min(row.attempts, 7), LONGEST_BACK_OFF)
    RevenueCatEvent.objects.filter(id=row_id).update(
        outcome=Outcome.FAILED,
        reason=type(error).__name__,
        traceback="".join(traceback.format_exception(error)),
        attempts=F("attempts") + 1,
        next_try_at=timezone.now() + wait,
    )
