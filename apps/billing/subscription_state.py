"""What the app is told about a user's subscriptions: the line that gives the most, and its state in one word."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from apps.accounts.models import User
from apps.accounts.vip_state import LIVE, NONE
from apps.billing import subscriptions
from apps.billing.models import Subscription

NEVER = datetime.max.replace(tzinfo=UTC)
# Where each store lets people change a subscription.
MANAGE_URLS = {
    "APP_STORE": "https://apps.apple.com/account/subscriptions",
    "MAC_APP_STORE": "https://apps.apple.com/account/subscriptions",
    "PLAY_STORE": "https://play.google.com/store/account/subscriptions",
    "AMAZON": "https://www.amazon.com/appstoremysubscriptions",
}


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    is_vip: bool = False
    state: str = NONE
    product_id: str | None = None
    pending_product_id: str | None = None
    store: str | None = None
    environment: str | None = None
    period_type: str | None = None
    started_at: datetime | None = None
    expires_at: datetime | None = None
    grace_expires_at: datetime | None = None
    auto_resume_at: datetime | None = None
    will_renew: bool = False
    cancel_reason: str | None = None
    manage_url: str | None = None
    updated_at: datetime | None = None


def of_user(user: User, at: datetime) -> SubscriptionState:
    """Of lines that never made anybody VIP nothing is told."""
    if not user.has_been_vip:
        return SubscriptionState()
    best = _best(subscriptions.lines_that_count(user), at)
    return SubscriptionState() if best is None else _told(best, at)


def state_of(row: Subscription, at: datetime) -> str:
    """One of vip_state.STATES. Of a line that ended or whose time is over: why."""
    if not subscriptions.makes_vip(row, at):
        return _state_when_over(row)
    if subscriptions.is_vip_for_good(row):
        return "lifetime"
    if row.is_temporary:
        return "temporary"
    if not row.is_lifetime and (row.expires_at is None or row.expires_at <= at):
        return "grace"
    if row.ended_at or (row.cancel_reason and row.cancel_reason != "BILLING_ERROR"):
        return "canceled"
    return "trial" if row.period_type == "TRIAL" else "active"


def counts(row: Subscription, user: User) -> bool:
    """As `subscriptions.counted`, for a row at hand."""
    return subscriptions.counts(row.environment, user)


def end_of(row: Subscription) -> datetime:
    """NEVER is for good; when no end is known, it has been none since it began."""
    if subscriptions.is_vip_for_good(row):
        return NEVER
    return subscriptions.end_of(row) or row.started_at


def _state_when_over(row: Subscription) -> str:
    if row.end_reason == "SUBSCRIPTION_PAUSED":
        return "paused"
    return "billing_retry" if row.billing_issue_at and not row.ended_at else "expired"


def _best(rows: Iterable[Subscription], at: datetime) -> Subscription | None:
    return max(rows, key=lambda row: (state_of(row, at) in LIVE, end_of(row)), default=None)


def _expires_at(row: Subscription) -> datetime | None:
    """Of what the store ended before its time, as by a refund: then."""
    return min((end for end in (row.expires_at, row.ended_at) if end), default=None)


def _told(row: Subscription, at: datetime) -> SubscriptionState:
    state = state_of(row, at)
    return SubscriptionState(
        is_vip=state in LIVE,
        state=state,
        product_id=row.product_id,
        pending_product_id=row.pending_product_id or None,
        store=row.store.lower(),
        environment=row.environment.lower(),
        period_type=row.period_type.lower(),
        started_at=row.started_at,
        expires_at=_expires_at(row),
        grace_expires_at=row.grace_expires_at,
        auto_resume_at=row.auto_resume_at,
        will_renew=row.will_renew,
        cancel_reason=row.cancel_reason.lower() or None,
        manage_url=MANAGE_URLS.get(row.store),
        updated_at=row.updated_at,
    )
