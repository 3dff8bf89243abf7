"""The Celery entries. They carry ids; the row knows everything else."""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from celery import Task, shared_task
from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from kombu.exceptions import OperationalError
from structlog import get_logger

from apps.accounts import avatars
from apps.core import database_clock
from apps.emoji import admission, detections, leftovers, look_ups, metrics, pipeline, provider_accounts, retention
from apps.emoji.models import EmojiTask, EmojiTaskQuerySet, Status
from apps.emoji.provider_accounts import ProviderAccount

MOST_AT_ONCE = 500
# Each is one to three calls to the photo store.
MOST_OBJECTS_AT_ONCE = 200
# After it a run begins no other batch.
LONGEST_REMOVAL_SECONDS = 60.0
# More than the workers begin until the next sweep.
NEAR = 100
# A task that was rung and not begun: its message was lost, or no worker is free.
RING_AGAIN_AFTER = timedelta(seconds=30)
# From so many on, one look at the account's list is less work than a question for each.
LIST_FROM = 5

log = get_logger(__name__)


@shared_task(name="apps.emoji.tasks.advance")
def advance(emoji_task_id: int) -> None:
    pipeline.advance(emoji_task_id)


@shared_task(name="apps.emoji.tasks.ring_due")
def ring_due() -> None:
    """Ring the bell for every task that is due: to be looked at again, or because its bell or its worker was lost."""
    counted = [account for account in provider_accounts.configured() if account.limits]
    looked_at = look_ups.running_at(account.name for account in counted)
    begun = _unrung().exclude(status=Status.QUEUED).exclude(looked_at).order_by("next_step_at")
    _ring_all(begun.values_list("id", flat=True)[:MOST_AT_ONCE])
    _ring_all(_next_in_turn())
    for account in counted:
        _look_up_due(account)


@shared_task(name="apps.emoji.tasks.look_up")
def look_up(account: str) -> None:
    """Look at all running tasks of an account that are due.

    However long it has waited behind others: their clips are made, and the provider keeps them for a day only.
    """
    limits = provider_accounts.limits_of(account)
    # More than the budget lets through until the next sweep would only be put back.
    most = int(limits.look_ups * settings.EMOJI_SWEEP_SECONDS) + 1 if limits else MOST_AT_ONCE
    alone = look_ups.look(account)
    _ring_all(alone[:most])
    _note_unheard(alone[most:])


@shared_task(name="apps.emoji.tasks.remove_objects", soft_time_limit=100, time_limit=110)
def remove_objects() -> None:
    """Every two minutes: photos that nobody needs any more, clips whose time is over or that nobody can see,
    avatars that nobody shows."""
    now, ends_at = database_clock.agreed_now(), time.monotonic() + LONGEST_REMOVAL_SECONDS
    while _removed_some(now) and time.monotonic() < ends_at:
        pass


def _removed_some(now: datetime) -> bool:
    """A batch of each kind."""
    closed = retention.close_photos(now, MOST_AT_ONCE)
    forgotten = detections.forget_old(now, MOST_AT_ONCE)
    removed = retention.remove_photos(now, MOST_OBJECTS_AT_ONCE), retention.remove_results(now, MOST_OBJECTS_AT_ONCE)
    if any(removed):
        log.info("objects were removed", photos=removed[0], results=removed[1])
    left = leftovers.remove(now, MOST_OBJECTS_AT_ONCE), avatars.remove_unused(now, MOST_OBJECTS_AT_ONCE)
    return any((closed, forgotten, *removed, *left))


def ring(emoji_task_id: int) -> bool:
    """Tell the workers about a task. Without a broker nothing is lost: `ring_due` comes by."""
    return _told(advance, emoji_task_id)


def is_rung_when_new(position: int) -> bool:
    """Whoever is far behind in the queue is rung by `ring_due` when they are near: the workers have enough to do."""
    return position <= NEAR


def ring_new(emoji_task_id: int) -> None:
    """Its row says that it was rung: else the next sweep would ring once more for each that waits for a worker."""
    if not ring(emoji_task_id):
        _note_unheard([emoji_task_id])


def _unrung() -> EmojiTaskQuerySet:
    rows: EmojiTaskQuerySet = EmojiTask.objects.due()
    return rows.filter(Q(rung_at=None) | Q(rung_at__lt=Now() - RING_AGAIN_AFTER))


def _next_in_turn() -> list[int]:
    """As many as there are places for, and those that have waited too long."""
    places = min(admission.room(), MOST_AT_ONCE)
    next_ones = _unrung().waiting().values_list("id", flat=True)[:places]
    too_late = Now() - timedelta(seconds=settings.EMOJI_LONGEST_WAIT_SECONDS)
    late = _unrung().filter(status=Status.QUEUED, created_at__lt=too_late, turn_at__lt=too_late).order_by("turn_at")
    return [*next_ones, *late.values_list("id", flat=True)[:MOST_AT_ONCE]]


def _look_up_due(account: ProviderAccount) -> None:
    running = _unrung().filter(look_ups.running_at([account.name]))
    due = list(running.order_by("next_step_at").values_list("id", flat=True)[: look_ups.MOST])
    if len(due) < LIST_FROM:
        return _ring_all(due)
    _note_rung(due)
    if not _told(look_up, account.name):
        _note_unheard(due)
    return None


def _ring_all(task_ids: Iterable[int]) -> None:
    due = list(task_ids)
    _note_rung(due)
    _note_unheard([task_id for task_id in due if not ring(task_id)])


def _note_rung(task_ids: Sequence[int]) -> None:
    """Before they are: a worker may be quick, and have put a task back for the next sweep while others are rung."""
    EmojiTask.objects.filter(id__in=task_ids, lease_until=None).update(rung_at=Now())


def _note_unheard(task_ids: Sequence[int]) -> None:
    EmojiTask.objects.filter(id__in=task_ids).update(rung_at=None)


def _told(task: "Task[..., None]", about: int | str) -> bool:
    try:
        task.delay(about)
    except OperationalError as error:
        metrics.enqueue_failures.inc()
        log.warning("the bell is out of reach; the sweeper will ring", task=task.name, about=about, error=str(error))
        return False
    return True
