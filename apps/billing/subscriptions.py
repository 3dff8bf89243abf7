"""Subscription rows from folded lines, and a user's VIP from subscription rows."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet

from apps.accounts import vip
from apps.accounts.models import User
from apps.accounts.vip import Vip
from apps.billing.models import Subscription
from apps.billing.revenuecat import moment, moment_or_none
from apps.billing.subscription_fold import Line
from apps.core.prepared_query import Given, PreparedQuery
from apps.remoteconfig.values import VipProduct

PRODUCTION = "PRODUCTION"
MOST_LINES = 1_000
_OF_USER = PreparedQuery(lambda: Subscription.objects.filter(user_id=Given("user_id")).order_by("-id")[:MOST_LINES])
_BOUGHT_BY_USER = PreparedQuery(
    lambda: Subscription.objects.filter(user_id=Given("user_id"), environment=PRODUCTION).order_by("-id")[:MOST_LINES]
)


def lock(user_ids: Iterable[int | None]) -> list[User]:
    """These users, ours until the transaction ends; always in one order, so that two never wait crosswise."""
    ids = {user_id for user_id in user_ids if user_id}
    return list(User.objects.filter(id__in=ids).order_by("id").select_for_update(no_key=True)[: len(ids)])


def write(row: Subscription, line: Line, owner: User | None, names: list[str], product: VipProduct | None) -> None:
    row.user = owner
    row.owner_names = names
    row.product_id = line.product_id
    row.plan = product.plan if product else ""
    row.period_type = line.period_type
    row.started_at = moment(line.started_at_ms)
    row.expires_at = moment_or_none(line.expires_at_ms)
    row.grace_expires_at = moment_or_none(line.grace_expires_at_ms)
    row.billing_issue_at = moment_or_none(line.billing_issue_at_ms)
    row.auto_resume_at = moment_or_none(line.auto_resume_at_ms)
    row.ended_at = moment_or_none(line.ended_at_ms)
    row.end_reason = line.end_reason
    row.is_lifetime = is_for_good(line, product)
    row.is_temporary = line.is_temporary
    row.is_family_share = line.is_family_share
    row.is_doubtful = line.is_doubtful
    row.will_renew = line.will_renew
    row.cancel_reason = line.cancel_reason
    row.pending_product_id = line.pending_product_id
    row.save()


def is_for_good(line: Line, product: VipProduct | None) -> bool:
    """Null is no end only for what the catalogue sells for good; a points pack has a null expiration too."""
    return bool(product and product.is_lifetime and line.expires_at_ms is None and not line.is_temporary)


def derive_vip(users: Iterable[User]) -> None:
    """The users are locked by the caller: of two lines at once the later one sees both."""
    for user in users:
        derived = vip_of(lines_that_count(user))
        if derived != Vip(user.vip_expires_at, user.vip_is_lifetime):
            vip.write(user.id, derived)


def lines_that_count(user: User) -> list[Subscription]:
    """Newest first."""
    return (_OF_USER if _has_all_count(user) else _BOUGHT_BY_USER).objects(user_id=user.id)


def _has_all_count(user: User) -> bool:
    """What a store sells to test cards counts in production for testers only."""
    return user.is_tester or not settings.PRODUCTION


def counts(environment: str, user: User) -> bool:
    return environment == PRODUCTION or _has_all_count(user)


def counted(user: User) -> QuerySet[Subscription]:
    rows = Subscription.objects.filter(user=user)
    return rows if _has_all_count(user) else rows.filter(environment=PRODUCTION)


def had_for_good(user: User, at: datetime) -> bool:
    """Whether a line of theirs that was VIP for good had begun then, and had not ended."""
    not_ended = Q(ended_at__isnull=True) | Q(ended_at__gt=at)
    return counted(user).filter(not_ended, is_lifetime=True, started_at__lte=at).exists()


def vip_of(subscriptions: Iterable[Subscription]) -> Vip:
    """Also until when somebody was: a weekly reward that was due before may still have to be given."""
    rows = list(subscriptions)
    ends = [end for row in rows if (end := end_of(row))]
    return Vip(max(ends, default=None), any(is_vip_for_good(row) for row in rows))


def is_vip_for_good(row: Subscription) -> bool:
    return row.is_lifetime and row.ended_at is None


def end_of(row: Subscription) -> datetime | None:
    """Until when it makes a VIP, or did; of what ends at an hour that is to come, until then. None is never, or not
    known."""
    told = max((end for end in (row.expires_at, row.grace_expires_at) if end), default=None)
    if row.ended_at is None or (told is None and not row.is_lifetime):
        return told
    return min(told or row.ended_at, row.ended_at)


def makes_vip(row: Subscription, at: datetime) -> bool:
    end = end_of(row)
    return is_vip_for_good(row) or (end is not None and end > at)
