"""Whether an emoji that is ordered now will be made: not while every account is out, nor beyond the day's cap, nor when
it would fail for having waited too long.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from apps.core.errors import DomainError
from apps.core.snowflake import next_id
from apps.emoji import breaker, provider_accounts, spending, waiting
from apps.emoji.models import EmojiTask
from apps.remoteconfig import availability
from apps.remoteconfig.availability import Availability

REMEMBERED_SECONDS = 5
NO_ACCOUNT = "provider_unavailable"
CAP = "daily_cap_reached"
QUEUE = "queue_full"
REASONS = (NO_ACCOUNT, CAP)


@dataclass(frozen=True, slots=True)
class Pause:
    """`reason` is a code. `until` is when to ask again; whether it is over then, nobody knows."""

    reason: str
    until: datetime


class GenerationPaused(DomainError):
    """Nothing was charged."""

    code = "generation_paused"
    status = 503
    title = "No emoji are being made at the moment"
    detail = "Please try again later; you were not charged."
    param_names = ("reason", "until")
    retryable = True
    retry_after_seconds = 30


class DailyCapReached(GenerationPaused):
    """Worth asking again within the hour: it may be raised meanwhile."""

    def __init__(self, until: datetime) -> None:
        super().__init__(reason=CAP, until=until)
        self.retry_after_seconds = min(3600, int((until - timezone.now()).total_seconds()) + 1)


class QueueFull(GenerationPaused):
    retry_after_seconds = 300


def require_generation(*, is_any_failing: bool) -> None:
    """`is_any_failing` is what breaker.is_any_failing tells, or true. Raises GenerationPaused."""
    if pause := generation_pause(is_any_failing=is_any_failing):
        raise DailyCapReached(pause.until) if pause.reason == CAP else GenerationPaused(**asdict(pause))


def require_beginning(seconds: float) -> None:
    """Of an order that begins in so long, if those before it take what is usual. Raises GenerationPaused."""
    if seconds > settings.EMOJI_LONGEST_WAIT_SECONDS:
        until = timezone.now() + timedelta(seconds=QueueFull.retry_after_seconds)
        raise QueueFull(reason=QUEUE, until=until)


def generation_pause(*, is_any_failing: bool = True) -> Pause | None:
    """It ends by itself: an account whose time is up takes the next task as its probe."""
    names = [account.name for account in provider_accounts.configured()]
    outages = breaker.outages(names) if is_any_failing else {}
    left_alone = [outage.seconds for outage in outages.values() if outage.seconds > 0]
    if len(left_alone) == len(names):
        seconds = min(left_alone, default=settings.PROVIDER_PROBE_SECONDS)
        return Pause(NO_ACCOUNT, timezone.now() + timedelta(seconds=seconds))
    capped_until = spending.capped_until()
    return Pause(CAP, capped_until) if capped_until else None


@availability.register
def told_to_apps() -> Availability:
    """A few seconds old at most, so that reading the configuration asks nobody."""
    return cache.get_or_set("emoji:availability", _as_it_is, REMEMBERED_SECONDS) or Availability()


def _as_it_is() -> Availability:
    pause = generation_pause()
    reason = pause.reason if pause else QUEUE if _is_full_for_all() else None
    return Availability(reason is None, reason)


def _is_full_for_all() -> bool:
    """Whether even a VIP's order would begin too late; others are told when they order."""
    order = EmojiTask(id=next_id(), turn_at=timezone.now() - waiting.head_start(is_vip=True))
    place = waiting.queue_place(order)
    return place is not None and place.begins_in_seconds > settings.EMOJI_LONGEST_WAIT_SECONDS
