"""Subscription rows from stored events, and a user's VIP from subscription rows."""

from collections.abc import Iterable
from datetime import datetime

from apps.accounts import vip
from apps.accounts.models import User
from apps.accounts.vip import Vip
from apps.billing import revenuecat
from apps.billing.models import RevenueCatEvent, Subscription
from apps.billing.revenuecat import Event, moment, moment_or_none
from apps.billing.subscription_fold import RANKS, Line, fold
from apps.remoteconfig import values

MOST_EVENTS_OF_A_LINE = 5_000


def refold(user_id: int, event: Event) -> None:
    """Fold all stored events of this event's line into its row, then derive the user's VIP from all rows."""
    # Of two events at once the later one to come here sees what the other stored.
    User.objects.locked(user_id)
    stored = RevenueCatEvent.objects.filter(
        store=event.store,
        environment=event.environment,
        original_transaction_id=event.original_transaction_id,
        type__in=RANKS,
    ).values_list("body", flat=True)[:MOST_EVENTS_OF_A_LINE]
    line = fold(revenuecat.read(bytes(body)) for body in stored)
    if line:
        _write(user_id, event, line)
    vip.write(user_id, vip_of(Subscription.objects.filter(user_id=user_id)[:MOST_EVENTS_OF_A_LINE]))


def vip_of(subscriptions: Iterable[Subscription]) -> Vip:
    rows = [row for row in subscriptions if row.ended_at is None]
    ends = [end for row in rows if (end := _end(row))]
    return Vip(expires_at=max(ends, default=None), is_lifetime=any(row.is_lifetime for row in rows))


def _end(row: Subscription) -> datetime | None:
    ends = [end for end in (row.expires_at, row.grace_expires_at) if end]
    return max(ends, default=None)


def _write(user_id: int, event: Event, line: Line) -> None:
    product = values.current().vip_product(line.product_id)
    Subscription.objects.update_or_create(
        store=event.store,
        environment=event.environment,
        original_transaction_id=event.original_transaction_id,
        defaults={
            "user_id": user_id,
            "product_id": line.product_id,
            "plan": product.plan if product else "",
            "period_type": line.period_type,
            "started_at": moment(line.started_at_ms),
            "expires_at": moment_or_none(line.expires_at_ms),
            "grace_expires_at": moment_or_none(line.grace_expires_at_ms),
            "ended_at": moment_or_none(line.ended_at_ms),
            "is_lifetime": bool(product and product.is_lifetime and line.expires_at_ms is None),
            "will_renew": line.will_renew,
            "cancel_reason": line.cancel_reason,
        },
    )
