"""Remove a user's photos and clips from the store, and what was learnt from them.

The rows of tasks stay, because each spend of the ledger has its task; a scrubbed row names nothing and nobody.
"""

from contextlib import suppress

from django.db.models import F
from django.db.models.functions import Coalesce, Now

from apps.accounts import erasure
from apps.emoji import backends, clip_keys, own_tasks, retention
from apps.emoji.models import Detection, EmojiTask, PhotoUpload, Status, TaskReport
from apps.emoji.own_tasks import TaskNotCancelable

MOST_AT_ONCE = 50
ERASED = "erased/"
TICKET_MAY_BE_GOOD = retention.TICKET_LIFETIME + retention.CLOCKS_MAY_DIFFER


def erase(user_id: int) -> bool:
    """One batch. A task that nobody has begun is canceled; one in the making is waited for: its worker would store the
    clip after us. So is the end of a ticket: it could bring the photo back.

    Raises PhotoStoreUnavailable.
    """
    _cancel_waiting(user_id)
    if EmojiTask.objects.open().filter(user_id=user_id).exists():
        return False
    tasks = EmojiTask.objects.filter(user_id=user_id, erased_at=None).order_by("id")
    for task in tasks[:MOST_AT_ONCE]:
        _erase_task(task)
    uploads = PhotoUpload.objects.filter(user_id=user_id).exclude(key__startswith=ERASED).order_by("id")
    for upload in uploads.filter(created_at__lt=Now() - TICKET_MAY_BE_GOOD)[:MOST_AT_ONCE]:
        _erase_upload(upload)
    Detection.objects.filter(user_id=user_id).delete()
    TaskReport.objects.filter(user_id=user_id).update(note="")
    return not tasks.exists() and not uploads.exists()


def _cancel_waiting(user_id: int) -> None:
    """What a worker begins at this moment is in the making."""
    waiting = EmojiTask.objects.waiting().filter(user_id=user_id)
    for task_id in waiting.values_list("id", flat=True)[:MOST_AT_ONCE]:
        with suppress(TaskNotCancelable):
            own_tasks.cancel(user_id, task_id)


def _erase_task(task: EmojiTask) -> None:
    _delete(task.photo_key, *([task.result_key] if task.result_key else clip_keys.possible(task)))
    EmojiTask.objects.filter(id=task.id).update(
        photo_key="",
        result_key=f"{ERASED}{task.id}" if task.status == Status.SUCCEEDED else "",
        erased_at=Now(),
        face_box=None,
        extended_box=None,
        client_ref="",
        error_raw="",
        provider_result_url="",
        version=F("version") + 1,
        updated_at=Now(),
    )
    EmojiTask.objects.filter(id=task.id, status=Status.SUCCEEDED).update(
        result_removed_at=Coalesce("result_removed_at", Now())
    )


def _erase_upload(upload: PhotoUpload) -> None:
    row = PhotoUpload.objects.filter(id=upload.id)
    # First, so that who writes a copy at this moment removes it.
    row.update(closed_at=Coalesce("closed_at", Now()))
    _delete(upload.key, upload.copy_key)
    row.update(
        key=f"{ERASED}{upload.id}",
        width=None,
        height=None,
        checked_at=None,
        declared_sha256="",
        sha256="",
        removed_at=Coalesce("removed_at", Now()),
    )


def _delete(*keys: str) -> None:
    for key in keys:
        if key:
            backends.photo_store().delete(key)


erasure.register("photos and clips", erase)
