"""Store an event once, then apply it. Stored means kept for good: what goes wrong later is repaired from the row."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from structlog import get_logger

from apps.accounts.models import User
from apps.billing import orders, revenuecat, subscriptions
from apps.billing.models import RevenueCatEvent
from apps.billing.revenuecat import Event
from apps.core.snowflake_field import DIGITS, MAX_ID
from apps.remoteconfig import catalogue, values

Outcome = RevenueCatEvent.Outcome
LONGEST_BACK_OFF = timedelta(hours=1)

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    reason: str = ""


APPLIED = Verdict(Outcome.APPLIED)


def receive(body: bytes) -> tuple[RevenueCatEvent, bool]:
    """The stored event, and whether it is new. Raises MalformedEvent; when it returns, the event is committed."""
    event = revenuecat.read(body)
    with transaction.atomic(durable=True):
        return RevenueCatEvent.objects.get_or_create(
            event_id=event.id,
            defaults={
                "body": body,
                "type": event.type,
                "event_at_ms": event.event_at_ms,
                "environment": event.environment,
                "store": event.store,
                "app_user_id": event.app_user_id,
                "product_id": event.product_id,
                "transaction_id": event.transaction_id,
                "original_transaction_id": event.original_transaction_id,
                # Whoever comes by before the request has applied it leaves it alone for a moment.
                "next_try_at": timezone.now() + timedelta(seconds=30),
            },
        )


def process(row_id: int) -> None:
    """Apply a stored event in a transaction of its own. A failure is written down and tried again, never raised."""
    try:
        with transaction.atomic(durable=True):
            row = RevenueCatEvent.objects.select_for_update().get(id=row_id)
            if row.outcome != Outcome.APPLIED:
                _apply(row)
    except Exception as error:
        log.exception("a RevenueCat event could not be applied", row=row_id)
        _note_failure(row_id, error)


def _apply(row: RevenueCatEvent) -> None:
    event = revenuecat.read(bytes(row.body))
    user = find_user(event)
    row.user = user
    verdict = _verdict(event, user)
    row.outcome, row.reason, row.traceback, row.next_try_at = verdict.outcome, verdict.reason, "", None
    row.save(update_fields=["user", "outcome", "reason", "traceback", "next_try_at", "updated_at"])


def _verdict(event: Event, user: User | None) -> Verdict:
    effect = EFFECTS.get(event.type)
    if effect is None:
        return Verdict(Outcome.IGNORED, "type not used")
    if user is None:
        return Verdict(Outcome.UNMATCHED, "no such user")
    if settings.PRODUCTION and event.environment != "PRODUCTION" and not user.is_tester:
        return Verdict(Outcome.IGNORED, "sandbox")
    if not event.transaction_id:
        return Verdict(Outcome.UNMATCHED, "no transaction id")
    return effect(event, user)


def _one_time_purchase(event: Event, user: User) -> Verdict:
    if points := catalogue.pack_points(event.product_id):
        orders.record_pack(user.id, event, points)
        return APPLIED
    return _subscription_purchase(event, user)


def _subscription_purchase(event: Event, user: User) -> Verdict:
    if not values.current().vip_product(event.product_id):
        return Verdict(Outcome.UNMATCHED, "unknown product")
    orders.record_period(user.id, event)
    subscriptions.refold(user.id, event)
    return APPLIED


def _subscription_change(event: Event, user: User) -> Verdict:
    if catalogue.pack_points(event.product_id):
        return Verdict(Outcome.UNMATCHED, "a change to a points pack is left to staff")
    subscriptions.refold(user.id, event)
    return APPLIED


EFFECTS: dict[str, Callable[[Event, User], Verdict]] = {
    "INITIAL_PURCHASE": _subscription_purchase,
    "RENEWAL": _subscription_purchase,
    "NON_RENEWING_PURCHASE": _one_time_purchase,
    "CANCELLATION": _subscription_change,
    "UNCANCELLATION": _subscription_change,
    "BILLING_ISSUE": _subscription_change,
    "SUBSCRIPTION_EXTENDED": _subscription_change,
    "EXPIRATION": _subscription_change,
}


def find_user(event: Event) -> User | None:
    """By billing id, or by the numeric user id that an earlier app gave RevenueCat; the surest id first."""
    for name in event.customer_ids:
        if user := _user_named(name):
            return user
    return None


def _user_named(name: str) -> User | None:
    if DIGITS.fullmatch(name) and int(name) <= MAX_ID:
        return User.objects.filter(id=int(name)).first()
    try:
        return User.objects.filter(billing_user_id=UUID(name)).first()
    except ValueError:
        return None


def _note_failure(row_id: int, error: Exception) -> None:
    row = RevenueCatEvent.objects.get(id=row_id)
    wait = min(timedelta(seconds=30 * 2 ** min(row.attempts, 7)), LONGEST_BACK_OFF)
    RevenueCatEvent.objects.filter(id=row_id).exclude(outcome=Outcome.APPLIED).update(
        outcome=Outcome.FAILED,
        reason=type(error).__name__,
        traceback="".join(traceback.format_exception(error)),
        attempts=F("attempts") + 1,
        next_try_at=timezone.now() + wait,
    )
