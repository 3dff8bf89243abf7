"""What became of a submission whose answer was lost, read from the provider's own list of tasks (decision 11)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from apps.core import node_lease
from apps.core.snowflake import next_id
from apps.emoji import backends
from apps.emoji.models import AbandonedGeneration, EmojiTask, EmojiTaskQuerySet
from apps.emoji.provider import Provider, Window

CLOCKS_MAY_DIFFER = timedelta(seconds=5)
# Of a call, beside its own time: from the intent in the row to the socket.
ON_THE_WAY = timedelta(seconds=5)
MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class Found:
    provider_task_id: str


@dataclass(frozen=True, slots=True)
class NotYetClear:
    """The list may still fill, or another submission of the same moment is still under way."""


@dataclass(frozen=True, slots=True)
class NeverArrived:
    """The provider had its time, and lists nothing that is not somebody else's."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """More than one submission was lost, or more than one is found, or the database has forgotten some: taking it could
    give a user another one's face.

    `listed` are ids of the provider that may be of any of them.
    """

    listed: list[str]


def find(task: EmojiTask, now: datetime) -> Found | NotYetClear | NeverArrived | Ambiguous:
    sent_at = task.submit_sent_at or now
    since, until = sent_at - CLOCKS_MAY_DIFFER, sent_at + _window()
    others = _others(task, since, until)
    given_up = EmojiTask.objects.exclude(id=task.id).filter(lost_submission_at__range=_range(since, until))
    # Their answers may still tell whose is whose.
    under_way = others.filter(submit_sent_at__gt=now - _longest_call())
    if under_way.exists():
        return NotYetClear()
    # In this order: a lost one may be given up just now. What was given up may arrive late, and be listed only now.
    others_are_lost = others.exists() or given_up.exists() or _some_are_forgotten(since)
    provider = backends.provider_of(task.provider_account)
    listed = _listed(provider, Window(since, until + CLOCKS_MAY_DIFFER))
    # One that was sent meanwhile may be listed; before the known ones are read, lest it be in neither.
    if under_way.exists():
        return NotYetClear()
    known = _known(listed)
    candidates = [provider_task_id for provider_task_id in listed if provider_task_id not in known]
    if len(candidates) == 1 and not others_are_lost:
        return Found(candidates[0])
    if now <= until:
        return NotYetClear()
    return Ambiguous(candidates) if candidates else NeverArrived()


def abandon(task: EmojiTask, listed: list[str]) -> None:
    """Nobody takes them for theirs from now on, whosever they are."""
    rows = [AbandonedGeneration(id=next_id(), task=task, provider_task_id=one) for one in listed]
    AbandonedGeneration.objects.bulk_create(rows, ignore_conflicts=True)


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


def _others(task: EmojiTask, since: datetime, until: datetime) -> EmojiTaskQuerySet:
    """Of the same account and time, and at the provider, if at all, under an id that we do not know.

    One that has failed meanwhile is still among them: what is found may be what it had sent.
    """
    rows: EmojiTaskQuerySet = EmojiTask.objects.exclude(id=task.id)
    return rows.filter(
        submit_sent_at__range=_range(since, until),
        provider_task_id=None,
        provider=task.provider,
        provider_account=task.provider_account,
    )


def _some_are_forgotten(since: datetime) -> bool:
    """By a database that was restored, or that a replica stands in for: nobody knows whose they were."""
    fenced_until = node_lease.fenced_until()
    return fenced_until is not None and fenced_until > since - _longest_call() - _window()


def _range(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """When others were sent that may be listed among ours: what nobody answers may arrive late."""
    return since - _longest_call() - _window(), until + CLOCKS_MAY_DIFFER


def _window() -> timedelta:
    return timedelta(seconds=settings.EMOJI_ORPHAN_WINDOW_SECONDS)


def _longest_call() -> timedelta:
    return ON_THE_WAY + timedelta(seconds=settings.DASHSCOPE_CALL_SECONDS)
