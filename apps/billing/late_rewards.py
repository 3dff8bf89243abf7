"""The weekly reward of who was VIP when it was due, as stored events tell: of one whose event came after it was given
to all others, and of everybody when a whole week was missed. Who is VIP today need not have been."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q
from structlog import get_logger

from apps.accounts.models import User
from apps.billing import lines, subscriptions
from apps.billing.lines import LineKey
from apps.billing.models import Subscription
from apps.billing.revenuecat import Event
from apps.core import database_clock
from apps.points import reward_week, weekly_reward
from apps.points.reward_week import RewardWeek
from apps.remoteconfig import catalogue
from apps.remoteconfig.catalogue import Catalogue

# Lines.
BATCH = 500

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _VipThen:
    user_id: int
    is_lifetime: bool


def make_up(key: LineKey, event: Event, offer: Catalogue) -> None:
    """For the week that was due last. What happened since, a purchase or a transfer, makes nobody VIP at that time."""
    week = reward_week.due(database_clock.agreed_now())
    if event.event_at_ms > _ms(week) or not (vip := _vip_by(key, week, offer)):
        return
    if weekly_reward.grant_late(week, [(vip.user_id, vip.is_lifetime)]):
        log.info("weekly reward, late", week=week.label, user_id=str(vip.user_id))


def grant_past(week: RewardWeek) -> int:
    """Grant a week that is over to everybody who was VIP when it was due; how many got it.

    Harmless when it is stopped and begun again.
    """
    granted = sum(weekly_reward.grant_late(week, [*vips.items()]) for vips in _batches(week))
    weekly_reward.complete(week, granted)
    return granted


def count_past(week: RewardWeek) -> int:
    """How many of those who were VIP when it was due have not got it yet."""
    seen: set[int] = set()
    count = 0
    for vips in _batches(week):
        new = vips.keys() - seen
        seen |= new
        count += weekly_reward.count_without(week, User.objects.get_queryset().filter(id__in=new))
    return count


def _batches(week: RewardWeek) -> Iterator[dict[int, bool]]:
    """Ids of users, and whether they were VIP for good. Whoever had several lines may come in several batches."""
    offer, at, last_id = catalogue.current(), week.due_at, 0
    went_on = Q(is_lifetime=True) | Q(expires_at__gt=at) | Q(grace_expires_at__gt=at) | Q(ended_at__gt=at)
    in_order = Subscription.objects.filter(went_on).order_by("id")
    while rows := list(in_order.filter(id__gt=last_id)[:BATCH]):
        last_id = rows[-1].id
        vips: dict[int, bool] = {}
        for row in rows:
            if vip := _vip_by(lines.key_of(row), week, offer):
                vips.setdefault(vip.user_id, vip.is_lifetime)
        if vips:
            yield vips


def _vip_by(key: LineKey, week: RewardWeek, offer: Catalogue) -> _VipThen | None:
    """Whom a line made VIP when the week was due, by what had happened until then; nobody who is suspended or gone."""
    line, owner = lines.as_of(key, _ms(week), offer)
    if line is None or owner is None or line.ended_at_ms is not None:
        return None
    if not owner.is_active or not subscriptions.counts(key.environment, owner):
        return None
    is_lifetime = subscriptions.is_for_good(line, offer.vip_product(line.product_id))
    if not is_lifetime and max(line.expires_at_ms or 0, line.grace_expires_at_ms or 0) <= _ms(week):
        return None
    return _VipThen(owner.id, is_lifetime or subscriptions.had_for_good(owner, week.due_at))


def _ms(week: RewardWeek) -> int:
    return int(week.due_at.timestamp() * 1000)
