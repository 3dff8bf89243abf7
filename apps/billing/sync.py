"""Ask RevenueCat what a user has, and heal what its webhooks missed. Nothing is doubled when they come after all.

What the API tells is stored as events in the inbox like any others, so there is one way in which rows change.
"""

import json
import time
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from structlog import get_logger

from apps.accounts.models import User
from apps.billing import revenuecat, revenuecat_api, snapshot, webhook
from apps.billing.models import Order, RevenueCatEvent, Subscription
from apps.billing.payment_fold import PURCHASES
from apps.billing.revenuecat_api import SyncUnavailable
from apps.billing.snapshot import Purchase

OVERDUE_FOR = timedelta(days=3)
PATIENCE = timedelta(hours=1)
ONCE_IN = timedelta(days=1)
# After RevenueCat could not be asked.
AGAIN_IN = timedelta(hours=1)
# RevenueCat advises a call a second; a run comes every minute.
MOST_AT_ONCE = 20
# Seconds after which a run asks about no other line.
LONGEST_RUN = 40
MOST_NEW_ORDERS = 100
MOST_PERIODS = 1_000

log = get_logger(__name__)


def sync(user: User, app_user_id: str = "") -> list[Order]:
    """The orders that came of it. Raises SyncUnavailable."""
    name = app_user_id or str(user.billing_user_id)
    document = revenuecat_api.subscriber(name)
    before = timezone.now()
    for purchase in snapshot.purchases(document, name):
        _heal(purchase, user, int(before.timestamp() * 1000))
    return list(Order.objects.filter(user=user, created_at__gte=before).order_by("id")[:MOST_NEW_ORDERS])


def reconcile_overdue() -> int:
    """Look after lines that should have been renewed or ended, and those with a doubt; how many were asked about."""
    began, asked = time.monotonic(), 0
    for row in _overdue(timezone.now())[:MOST_AT_ONCE]:
        if time.monotonic() - began > LONGEST_RUN:
            break
        _reconcile(row)
        asked += 1
    return asked


def _reconcile(row: Subscription) -> None:
    of_line, now = Subscription.objects.filter(id=row.id), timezone.now()
    of_line.update(reconciled_at=now)
    try:
        if row.user:
            sync(row.user, _last_name(row))
    except SyncUnavailable:
        log.warning("RevenueCat could not be asked", subscription=row.id)
        of_line.update(reconciled_at=now - ONCE_IN + AGAIN_IN)


def _overdue(now: datetime) -> QuerySet[Subscription]:
    """Whoever was never asked about comes first, however long it is over: we may have been away ourselves.

    Not of who is erased: RevenueCat would make anew the customer that it was asked to forget.
    """
    is_over = _is_over("expires_at", now) | _is_over("grace_expires_at", now)
    rows = Subscription.objects.filter(is_over | Q(is_doubtful=True), ended_at__isnull=True)
    rows = rows.filter(user__isnull=False, user__erased_at__isnull=True)
    rested = Q(reconciled_at__isnull=True) | Q(reconciled_at__lt=now - ONCE_IN)
    in_turn = rows.filter(rested).order_by(F("reconciled_at").asc(nulls_first=True), "id")
    return in_turn.select_related("user")


def _is_over(end: str, now: datetime) -> Q:
    """Lately, or since the last question."""
    is_unasked = Q(reconciled_at__isnull=True) | Q(reconciled_at__lt=F(end))
    return Q((f"{end}__lt", now - PATIENCE)) & (Q((f"{end}__gt", now - OVERDUE_FOR)) | is_unasked)


def _last_name(row: Subscription) -> str:
    """What RevenueCat calls the customer; an earlier app gave it other ids."""
    events = RevenueCatEvent.objects.filter(
        store=row.store,
        environment=row.environment,
        original_transaction_id=row.original_transaction_id,
        user=row.user,
    )
    return events.order_by("-event_at_ms").values_list("app_user_id", flat=True).first() or ""


def _heal(purchase: Purchase, user: User, now_ms: int) -> None:
    fields = purchase.fields
    fields["original_transaction_id"] = _line_of(purchase, user)
    if not _is_known(purchase):
        _tell(snapshot.told(purchase, now_ms))
    row = Subscription.objects.filter(
        store=fields["store"],
        environment=fields["environment"],
        original_transaction_id=fields["original_transaction_id"],
    ).first()
    if row:
        for body in snapshot.corrections(purchase, row, user.id, now_ms):
            _tell(body)


def _tell(body: dict[str, Any]) -> None:
    event, is_new = webhook.receive(json.dumps(body).encode(), RevenueCatEvent.Source.SYNC)
    if event and is_new:
        webhook.process(event)


def _line_of(purchase: Purchase, user: User) -> str:
    """The API does not tell it. When nothing else does, the purchase is a line until its webhook comes."""
    known = _of_transaction(purchase).exclude(original_transaction_id="").order_by("source", "id")
    if line := known.values_list("original_transaction_id", flat=True).last():
        return line
    first, numbered, _ = purchase.transaction_id.partition("..")
    if numbered:
        return first
    fields = purchase.fields
    rows = Subscription.objects.filter(user=user, store=fields["store"], environment=fields["environment"])
    of_product = rows.filter(product_id=fields["product_id"], is_temporary=False).order_by("id")
    line = of_product.values_list("original_transaction_id", flat=True).last() if purchase.is_subscription else None
    return line or purchase.transaction_id


def _is_known(purchase: Purchase) -> bool:
    """A purchase that an event has told, also one that still waits to be applied."""
    bodies = _of_transaction(purchase).filter(type__in=PURCHASES).values_list("body", flat=True)[:MOST_PERIODS]
    starts = {revenuecat.read(bytes(body)).purchased_at_ms for body in bodies}
    return purchase.started_at_ms in starts or bool(starts and not purchase.is_subscription)


def _of_transaction(purchase: Purchase) -> QuerySet[RevenueCatEvent]:
    names = ("store", "environment", "transaction_id")
    return RevenueCatEvent.objects.filter(**{name: purchase.fields[name] for name in names})
