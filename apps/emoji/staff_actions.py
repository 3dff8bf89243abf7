"""What staff may do with a task, as far as its state allows: have it made again, cancel, refund, ask the provider.

Nothing here charges: a task is paid once, when it is ordered. Every change is one guarded update, so that of two people
at once, or of a person and a worker, the second finds the state changed.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from apps.accounts.models import User
from apps.emoji import tasks, uploads
from apps.emoji.models import OPEN, AbandonedGeneration, EmojiTask, Stage, Status
from apps.emoji.uploads import UploadExpired
from apps.points import reversals, titles

# The provider has looked at the photo, or made its best; asking it again brings the same answer.
PROVIDER_SAID_NO = ("provider_failed", "provider_rejected")
# Vendor: a result is kept for a day.
PROVIDER_REMEMBERS = timedelta(hours=23)
IN_DOUBT = Q(submit_sent_at__isnull=False, provider_task_id__isnull=True)


class NotPossible(Exception):
    """The task's state forbids it; the sentence says why, for staff."""


def retry(task_id: int, *, for_free: bool = False) -> None:
    """Have a failed task made again, from where it stands. What was refunded is made `for_free` or not at all.

    A photo is never submitted a third time. Raises NotPossible.
    """
    with transaction.atomic():
        task = _failed(task_id, for_free)
        changes = _asked_again(task) if _is_at_the_provider(task) else _begun_anew(task)
        _change(
            task_id, Q(status=Status.FAILED), attempt=F("attempt") + 1, retried_at=Now(), **_open_again(), **changes
        )


def check_again(task_id: int, *, for_free: bool = False) -> None:
    """Ask the provider now: about a task that it works on, or about a failed one that it may have finished late.

    Raises NotPossible.
    """
    with transaction.atomic():
        task = _held(task_id)
        if task.provider_task_id is None:
            raise NotPossible("The provider has not told us of a generation for this task.")
        if task.status == Status.FAILED:
            _failed(task_id, for_free)
            return _change(task_id, Q(status=Status.FAILED), **_open_again(), **_asked_again(task))
        if task.stage != Stage.GENERATING:
            raise NotPossible("The provider is not at work on it.")
        return _change(task_id, Q(status=Status.PROCESSING, lease_until=None), next_step_at=Now(), rung_at=None)


def cancel(task_id: int, *, with_refund: bool) -> None:
    """End an open task. What the provider makes of it all the same is not looked at. Raises NotPossible."""
    with transaction.atomic():
        # Points first and the task after them, as everywhere.
        refunded = {"refund_transaction_id": _refund_of(task_id)} if with_refund else {}
        ended = {"status": Status.CANCELED, "completed_at": Now(), "lease_token": None, "lease_until": None}
        # Its generation would look like somebody else's whose answer was lost.
        _change(task_id, Q(status__in=OPEN) & ~IN_DOUBT, rings=False, **ended, **refunded)


def refund(task_id: int) -> None:
    """Give back the whole cost of a task that has ended, once. Raises NotPossible."""
    with transaction.atomic():
        refund_id = _refund_of(task_id)
        if EmojiTask.objects.filter(id=task_id, refund_transaction_id=refund_id).exists():
            raise NotPossible("Its points were given back already.")
        unpaid = Q(status__in=(Status.FAILED, Status.SUCCEEDED), refund_transaction_id=None)
        _change(task_id, unpaid, rings=False, refund_transaction_id=refund_id)


def possible(task: EmojiTask) -> dict[str, bool]:
    """What may be offered; the row decides when it is done."""
    is_failed = task.status == Status.FAILED and task.deleted_at is None and task.erased_at is None
    is_generating = task.status == Status.PROCESSING and task.stage == Stage.GENERATING
    return {
        "retry": is_failed,
        "check": task.provider_task_id is not None and (is_failed or is_generating),
        "cancel": task.status in OPEN,
        "refund": task.status in (Status.FAILED, Status.SUCCEEDED) and task.refund_transaction_id is None,
    }


def facts(task_id: int) -> dict[str, Any]:
    """What an audit log keeps of a task before and after."""
    names = ("status", "stage", "attempt", "error_code", "provider_task_id", "submit_no", "refund_transaction_id")
    return dict(EmojiTask.objects.values(*names).get(id=task_id))


def _held(task_id: int) -> EmojiTask:
    """Ours until the transaction ends. So is its user, who comes first: an erasure sees the task open, or we see it."""
    user = User.objects.locked(EmojiTask.objects.values_list("user_id", flat=True).get(id=task_id))
    task = EmojiTask.objects.select_for_update(no_key=True).select_related("upload").get(id=task_id)
    task.user = user
    return task


def _failed(task_id: int, for_free: bool) -> EmojiTask:
    task = _held(task_id)
    if task.status != Status.FAILED:
        raise NotPossible(f"It is {task.status}; only a failed task can be tried again.")
    if task.deleted_at:
        raise NotPossible("Its user has deleted it.")
    if task.erased_at or task.user.erased_at:
        raise NotPossible("Its user is erased; nothing is made or kept for them.")
    if task.refund_transaction_id and not for_free:
        raise NotPossible("Its points were given back. It can be made for free; say so.")
    return task


def _is_at_the_provider(task: EmojiTask) -> bool:
    """Or may be: then it is looked for there before it is sent again."""
    if task.submit_sent_at is None:
        return False
    is_remembered = task.submit_sent_at > timezone.now() - PROVIDER_REMEMBERS
    return task.provider_task_id is None or (is_remembered and task.error_code not in PROVIDER_SAID_NO)


def _asked_again(task: EmojiTask) -> dict[str, Any]:
    """With the account that took it."""
    return {
        "status": Status.PROCESSING,
        "stage": Stage.GENERATING if task.provider_task_id else Stage.SUBMITTING,
        "deadline_at": Now() + timedelta(seconds=settings.EMOJI_DEADLINE_SECONDS),
    }


def _begun_anew(task: EmojiTask) -> dict[str, Any]:
    if task.submit_no >= settings.EMOJI_MOST_SUBMISSIONS:
        raise NotPossible("Its photo was submitted twice; a third time is not paid for.")
    try:
        uploads.keep_for_a_task(task.upload)
    except UploadExpired as error:
        raise NotPossible("Its photo is not kept any more; the user has to order again.") from error
    if task.provider_task_id:
        AbandonedGeneration(task=task, provider_task_id=task.provider_task_id).save()
    is_checked = bool(task.photo_key and task.face_box) and not task.error_code.startswith("photo_")
    return {
        "status": Status.QUEUED,
        "stage": Stage.SUBMITTING if is_checked else Stage.DETECTING,
        "turn_at": Now(),
        "started_at": None,
        "deadline_at": None,
        "provider_account": "",
        "provider_task_id": None,
        "provider_status": "",
        "provider_result_url": "",
        "submit_sent_at": None,
    }


def _open_again() -> dict[str, Any]:
    return {
        "error_code": "",
        "error_raw": "",
        "completed_at": None,
        "next_step_at": Now(),
        "rung_at": None,
        "claims": 0,
        "retries": 0,
        "result_removed_at": None,
    }


def _refund_of(task_id: int) -> int:
    """The spend is refunded once, whoever asks and how often."""
    task = EmojiTask.objects.select_related("template").get(id=task_id)
    return reversals.refund_spend(task.spend_transaction_id, title=titles.REFUND.format(name=task.template.name)).id


def _change(task_id: int, allowed: Q, *, rings: bool = True, **changes: Any) -> None:
    """Inside the caller's transaction, which is undone when the state is another one. Raises NotPossible."""
    rows = EmojiTask.objects.filter(allowed, id=task_id)
    if not rows.update(version=F("version") + 1, updated_at=Now(), **changes):
        status = EmojiTask.objects.values_list("status", flat=True).get(id=task_id)
        raise NotPossible(f"The task is {status}, or a worker has it just now. Look at it again.")
    if rings:
        ring: Callable[[], Any] = partial(tasks.ring, task_id)
        transaction.on_commit(ring)
