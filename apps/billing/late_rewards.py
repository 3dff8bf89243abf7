"""The weekly reward of who was VIP when it was due, as an event tells that came after it was given to all others."""

from apps.billing import lines, subscriptions
from apps.billing.lines import LineKey
from apps.billing.revenuecat import Event
from apps.core import database_clock
from apps.points import reward_week, weekly_reward
from apps.remoteconfig.catalogue import Catalogue


def make_up(key: LineKey, event: Event, offer: Catalogue) -> None:
    """For the week that was due last. What happened since, a purchase or a transfer, makes nobody VIP at that time."""
    week = reward_week.due(database_clock.agreed_now())
    due_at_ms = int(week.due_at.timestamp() * 1000)
    if event.event_at_ms > due_at_ms:
        return
    line, owner = lines.as_of(key, due_at_ms, offer)
    if line is None or owner is None or line.ended_at_ms is not None:
        return
    if not subscriptions.counts(key.environment, owner):
        return
    is_lifetime = subscriptions.is_for_good(line, offer.vip_product(line.product_id))
    if is_lifetime or max(line.expires_at_ms or 0, line.grace_expires_at_ms or 0) > due_at_ms:
        is_lifetime = is_lifetime or subscriptions.had_for_good(owner, week.due_at)
        weekly_reward.grant_late(week, owner, is_lifetime=is_lifetime)
