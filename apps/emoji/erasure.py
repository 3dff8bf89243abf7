"""Remove a user's photos and clips from the store, and what was learnt from them.

The rows of tasks stay, because each spend of the ledger has its task; a scrubbed row names nothing and nobody.
"""

from django.conf import settings

from apps.accounts import erasure
from apps.emoji import backends
from apps.emoji.models import EmojiTask, PhotoUpload

MOST_AT_ONCE = 50
ERASED = "erased/"
# Of clips that were stored by a worker which died before it could say so.
CLIP_ENDINGS = ("mp4", "webp", "gif")


def erase(user_id: int) -> bool:
    """One batch. A task in the making is waited for: its worker would store the clip after us.

    Raises PhotoStoreUnavailable.
    """
    if EmojiTask.objects.open().filter(user_id=user_id).exists():
        return False
    tasks = EmojiTask.objects.filter(user_id=user_id).exclude(result_key__startswith=ERASED).order_by("id")
    for task in tasks[:MOST_AT_ONCE]:
        _erase_task(task)
    uploads = PhotoUpload.objects.filter(user_id=user_id).exclude(key__startswith=ERASED).order_by("id")
    for upload in uploads[:MOST_AT_ONCE]:
        _erase_upload(upload)
    return not tasks.exists() and not uploads.exists()


def _erase_task(task: EmojiTask) -> None:
    stem = f"{settings.OSS_RESULT_PREFIX}/{task.user_id}/{task.id}"
    clips = [task.result_key] if task.result_key else [f"{stem}.{ending}" for ending in CLIP_ENDINGS]
    _delete(task.photo_key, *clips)
    EmojiTask.objects.filter(id=task.id).update(
        photo_key="",
        result_key=f"{ERASED}{task.id}",
        face_box=None,
        extended_box=None,
        client_ref="",
        error_raw="",
        provider_result_url="",
    )


def _erase_upload(upload: PhotoUpload) -> None:
    _delete(upload.key, f"{upload.key}.copy.jpg")
    scrubbed = f"{ERASED}{upload.id}"
    PhotoUpload.objects.filter(id=upload.id).update(key=scrubbed, width=None, height=None, checked_at=None)


def _delete(*keys: str) -> None:
    for key in keys:
        if key:
            backends.photo_store().delete(key)


erasure.register("photos and clips", erase)
