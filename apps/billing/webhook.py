"""Store an event once, then apply it. Stored means kept for good: what goes wrong later is repaired from the row."""

import traceback
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from structlog import get_logger

from apps.billing import effects, erasure, metrics, revenuecat
from apps.billing.models import RevenueCatEvent
from apps.billing.revenuecat import Event
from apps.core import database_clock
from apps.core.joined_transaction import one_statement

Outcome = RevenueCatEvent.Outcome
Source = RevenueCatEvent.Source
# A worker leaves an event alone for so long, in which its request applies it.
FIRST_LOOK = timedelta(seconds=5)
# Many times what a batch takes; repeated, an event changes nothing.
LEASE = timedelta(seconds=20)
LONGEST_BACK_OFF = timedelta(hours=1)
UNMATCHED_BACK_OFF = timedelta(days=1)
UNMATCHED_FOR = timedelta(days=60)
MOST_AT_ONCE = 100

log = get_logger(__name__)


def receive(
    body: bytes, source: Source = Source.WEBHOOK, applied_within: timedelta = FIRST_LOOK
) -> tuple[RevenueCatEvent | None, bool]:
    """The stored event, and whether it is new; None for what is not worth a row. Raises MalformedEvent.

    When it returns, the event is committed. The caller applies it `applied_within` this time, or a worker does.
    """
    event = revenuecat.read(body)
    if event.type.startswith(effects.NOT_STORED_PREFIX):
        metrics.came(event.type, "not_stored")
        return None, False
    row = RevenueCatEvent(event_id=event.id, **_columns(event, body, source, applied_within))
    try:
        with one_statement():
            row.save(force_insert=True)
    except IntegrityError:
        known = RevenueCatEvent.objects.filter(event_id=event.id)
        known.update(deliveries=F("deliveries") + 1)
        metrics.came(event.type, "duplicate")
        return known.get(), False
    metrics.first_came(event.event_at_ms)
    return row, True


def process(row: RevenueCatEvent) -> None:
    """Apply a stored event in a transaction of its own. A failure is written down and tried again, never raised."""
    try:
        with transaction.atomic(durable=True):
            woken = effects.apply(row)
            _look_again_later(row)
            erasure.erase_late(row)
    except Exception as error:
        log.exception("a RevenueCat event could not be applied", row=row.id)
        metrics.came(row.type, Outcome.FAILED)
        _note_failure(row, error)
    else:
        metrics.came(row.type, row.outcome)
        if woken:
            process_waiting(row.names)


def process_waiting(names: Sequence[str] = ()) -> int:
    """Those that are due; of these names only, when there are any. How many they were. Several workers share them."""
    due = RevenueCatEvent.objects.filter(next_try_at__lte=Now()).order_by("next_try_at", "id")
    if names:
        due = due.filter(names__overlap=list(names), outcome=Outcome.RECEIVED)
    ids = _claimed(due)
    for row_id in ids:
        process(RevenueCatEvent.objects.get(id=row_id))
    return len(ids)


@transaction.atomic(durable=True)
def _claimed(due: QuerySet[RevenueCatEvent]) -> list[int]:
    """Nobody else takes them for a while; when we die, somebody takes them after it."""
    ids = list(due.select_for_update(skip_locked=True, no_key=True).values_list("id", flat=True)[:MOST_AT_ONCE])
    RevenueCatEvent.objects.filter(id__in=ids).update(next_try_at=Now() + LEASE)
    return ids


def _columns(event: Event, body: bytes, source: Source, applied_within: timedelta) -> dict[str, Any]:
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
        # By the clock of those who look for it: this machine's may be ahead.
        "next_try_at": database_clock.about_now() + applied_within,
    }


def _look_again_later(row: RevenueCatEvent) -> None:
    """A product may be added to the catalogue, a user be imported: what was unmatched is looked at now and then."""
    if row.outcome == Outcome.UNMATCHED and timezone.now() - row.created_at < UNMATCHED_FOR:
        wait = min(FIRST_LOOK * 2 ** min(row.attempts, 20), UNMATCHED_BACK_OFF)
        row.next_try_at = database_clock.about_now() + wait
        RevenueCatEvent.objects.filter(id=row.id).update(attempts=F("attempts") + 1, next_try_at=row.next_try_at)


def _note_failure(row: RevenueCatEvent, error: Exception) -> None:
    wait = min(FIRST_LOOK * 2 ** min(row.attempts, 10), LONGEST_BACK_OFF)
    RevenueCatEvent.objects.filter(id=row.id).update(
        outcome=Outcome.FAILED,
        reason=type(error).__name__,
        traceback="".join(traceback.format_exception(error)),
        attempts=F("attempts") + 1,
        next_try_at=Now() + wait,
    )
