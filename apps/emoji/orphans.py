"""What became of a submission whose answer was lost, read from the provider's own list of tasks (decision 11)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from apps.emoji import backends
from apps.emoji.models import AbandonedGeneration, EmojiTask
from apps.emoji.provider import Provider, Window

CLOCKS_MAY_DIFFER = timedelta(seconds=5)
LONGEST_CALL = timedelta(seconds=20)
MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class Found:
    provider_task_id: str


@dataclass(frozen=True, slots=True)
class NotYetClear:
    """The list may still fill, or another submission of the same moment is not settled either."""


@dataclass(frozen=True, slots=True)
class NeverArrived:
    """The provider had its time, and lists nothing that is not somebody else's."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several unknown tasks at the provider; taking one of them could give a user somebody else's face."""


def find(task: EmojiTask, now: datetime) -> Found | NotYetClear | NeverArrived | Ambiguous:
    sent_at = task.submit_sent_at or now
    since, until = sent_at - CLOCKS_MAY_DIFFER, sent_at + timedelta(seconds=settings.EMOJI_ORPHAN_WINDOW_SECONDS)
    if _others_in_doubt(task, since, until, now):
        return NotYetClear()
    provider = backends.provider_of(task.provider_account)
    listed = _listed(provider, Window(since, until + CLOCKS_MAY_DIFFER))
    known = _known(listed)
    candidates = [provider_task_id for provider_task_id in listed if provider_task_id not in known]
    if len(candidates) == 1:
        return Found(candidates[0])
    if candidates:
        return Ambiguous()
    return NeverArrived() if now > until else NotYetClear()


def _known(listed: list[str]) -> set[str]:
    """Those that somebody waits for, or has waited for."""
    rows: list[QuerySet[Any]] = [EmojiTask.objects.all(), AbandonedGeneration.objects.all()]
    named = [row.filter(provider_task_id__in=listed).values_list("provider_task_id", flat=True) for row in rows]
    return {one for names in named for one in names}


def _listed(provider: Provider, window: Window) -> list[str]:
    listed: list[str] = []
    for number in range(1, MOST_PAGES + 1):
        page = provider.list_page(window, number)
        listed += page.provider_task_ids
        if page.is_last:
            break
    return listed


def _others_in_doubt(task: EmojiTask, since: datetime, until: datetime, now: datetime) -> bool:
    """A call that may be under way, or an older doubt, which goes first so that two do not wait for each other."""
    doubtful = EmojiTask.objects.open().filter(
        submit_sent_at__range=(since, until + CLOCKS_MAY_DIFFER),
        provider_task_id=None,
        provider=task.provider,
        provider_account=task.provider_account,
    )
    under_way = Q(submit_sent_at__gt=now - LONGEST_CALL)
    older = Q(submit_sent_at__lt=task.submit_sent_at)
    return doubtful.exclude(id=task.id).filter(under_way | older).exists()
