"""What the app is told about a user's subscriptions: the row that gives the most, and its state in one word."""

from dataclasses import dataclass
from datetime import UTC, datetime

from apps.billing.models import Subscription

NEVER = datetime.max.replace(tzinfo=UTC)
MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    is_vip: bool = False
    state: str = "none"
    product_id: str | None = None
    store: str | None = None
    environment: str | None = None
    period_type: str | None = None
    started_at: datetime | None = None
    expires_at: datetime | None = None
    grace_expires_at: datetime | None = None
    will_renew: bool = False
    cancel_reason: str | None = None


def of_user(user_id: int, at: datetime) -> SubscriptionState:
    rows = Subscription.objects.filter(user_id=user_id).order_by("-id")[:MOST_LINES]
    best = max(rows, key=lambda row: (row.ended_at is None, _end(row)), default=None)
    return SubscriptionState() if best is None else _told(best, at)


def _end(row: Subscription) -> datetime:
    if row.is_lifetime:
        return NEVER
    return max(row.expires_at or row.started_at, row.grace_expires_at or row.started_at)


def _told(row: Subscription, at: datetime) -> SubscriptionState:
    state = _word(row, at)
    return SubscriptionState(
        is_vip=state not in ("none", "expired"),
        state=state,
        product_id=row.product_id,
        store=row.store.lower(),
        environment=row.environment.lower(),
        period_type=row.period_type.lower(),
        started_at=row.started_at,
        expires_at=row.expires_at,
        grace_expires_at=row.grace_expires_at,
        will_renew=row.will_renew,
        cancel_reason=row.cancel_reason.lower() or None,
    )


def _word(row: Subscription, at: datetime) -> str:
    if row.ended_at or _end(row) <= at:
        return "expired"
    if row.is_lifetime:
        return "lifetime"
    if row.expires_at is None or row.expires_at <= at:
        return "grace"
    if row.cancel_reason:
        return "canceled"
    return "trial" if row.period_type == "TRIAL" else "active"
