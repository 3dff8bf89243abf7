"""How long photos and clips are kept, and their removal from the photo store.

A photo is closed first, in the database, so that no new task can take it; then its objects are removed, and only then
does its row say so. Every part may be cut off anywhere and run again, or run twice at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet

from apps.emoji import backends, detections
from apps.emoji.models import OPEN, EmojiTask, PhotoUpload, Status
from apps.remoteconfig import values

# A ticket must be over before its photo is removed: it could bring the photo back.
TICKET_LIFETIME = timedelta(minutes=10)
CLOCKS_MAY_DIFFER = timedelta(minutes=5)
LOOK_AT_A_PHOTO_AT_WORK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Use:
    """Of a photo by its tasks; `last_end` is of those that their user still sees."""

    is_open: bool
    last_end: datetime | None


class ResultState(StrEnum):
    NONE = "none"
    AVAILABLE = "available"
    EXPIRED = "expired"
    DELETED = "deleted"


def result_expires_at(task: EmojiTask) -> datetime | None:
    """None while there is no result."""
    if task.status != Status.SUCCEEDED or task.completed_at is None:
        return None
    return task.completed_at + values.current().retention.result


def result_state(task: EmojiTask, now: datetime) -> ResultState:
    """`deleted` is what went before its time."""
    expires_at = result_expires_at(task)
    if expires_at is None:
        return ResultState.NONE
    if expires_at <= now:
        return ResultState.EXPIRED
    return ResultState.DELETED if task.result_removed_at else ResultState.AVAILABLE


def photo_delete_after(task: EmojiTask) -> datetime | None:
    """None while a task with this photo is open. A lifetime that was made shorter may not hold for it yet."""
    if task.photo_free_since is None:
        return None
    soonest = task.photo_free_since + values.current().retention.photo
    return soonest if task.upload.closed_at else max(soonest, task.upload.next_look_at)


@transaction.atomic
def close_photos(now: datetime, at_most: int) -> int:
    """Close those of the due photos that nobody needs, and note for the others when to look again; how many changed.

    They are locked before their tasks are counted: a task that takes one at this moment is either seen or comes late.
    """
    photos = list(_due(now)[:at_most]) or list(_put_off_too_far(now)[:at_most])
    needed_until = _needed_until(photos, now)
    changed = [photo for photo in photos if needed_until[photo.id] != photo.next_look_at or photo.next_look_at <= now]
    for photo in changed:
        photo.next_look_at = needed_until[photo.id]
        photo.closed_at = now if photo.next_look_at <= now else None
    PhotoUpload.objects.bulk_update(changed, ["next_look_at", "closed_at"])
    return len(changed)


def remove_photos(now: datetime, at_most: int) -> int:
    """Raises PhotoStoreUnavailable; the next run goes on."""
    closed = PhotoUpload.objects.filter(closed_at__isnull=False, removed_at=None).order_by("closed_at")[:at_most]
    for photo in closed:
        _remove([photo.key, photo.copy_key])
        detections.forget_photo(photo)
        # The tasks first and their photo after them, as in a deletion.
        with transaction.atomic():
            EmojiTask.objects.filter(upload_id=photo.id).update(version=F("version") + 1, updated_at=now)
            PhotoUpload.objects.filter(id=photo.id).update(removed_at=now)
    return len(closed)


def remove_results(now: datetime, at_most: int) -> int:
    """Raises PhotoStoreUnavailable; the next run goes on."""
    kept = EmojiTask.objects.filter(status=Status.SUCCEEDED, result_removed_at=None)
    unwanted = kept.filter(deleted_at__isnull=False).order_by("deleted_at")[:at_most]
    old = kept.filter(completed_at__lte=now - values.current().retention.result).order_by("completed_at")[:at_most]
    tasks = {task.id: task for task in [*unwanted, *old]}
    for task in tasks.values():
        _remove([task.result_key])
        kept.filter(id=task.id).update(result_removed_at=now, version=F("version") + 1, updated_at=now)
    return len(tasks)


def _due(now: datetime) -> QuerySet[PhotoUpload]:
    return _to_be_locked().filter(next_look_at__lte=now).order_by("next_look_at")


def _put_off_too_far(now: datetime) -> QuerySet[PhotoUpload]:
    """Those of ended tasks, by a lifetime that was made shorter since."""
    of_a_task, farthest = F("expires_at") + CLOCKS_MAY_DIFFER, now + values.current().retention.photo
    far = _to_be_locked().filter(next_look_at__gt=farthest + CLOCKS_MAY_DIFFER).filter(next_look_at__gt=of_a_task)
    return far.order_by("-next_look_at")


def _to_be_locked() -> QuerySet[PhotoUpload]:
    return PhotoUpload.objects.filter(closed_at=None).select_for_update(no_key=True, skip_locked=True)


def _needed_until(photos: Iterable[PhotoUpload], now: datetime) -> dict[int, datetime]:
    """What a user still sees keeps its photo for its time; an open task keeps it as long as it is open."""
    lifetime = values.current().retention.photo
    open_tasks, last_end = Count("id", filter=Q(status__in=OPEN)), Max("completed_at", filter=Q(deleted_at=None))
    rows = EmojiTask.objects.filter(upload__in=photos).values("upload_id").annotate(open=open_tasks, last_end=last_end)
    uses = {row["upload_id"]: Use(row["open"] > 0, row["last_end"]) for row in rows}
    return {photo.id: _until(photo, uses.get(photo.id), lifetime, now) for photo in photos}


def _until(photo: PhotoUpload, use: Use | None, lifetime: timedelta, now: datetime) -> datetime:
    if use is None:
        return photo.expires_at + CLOCKS_MAY_DIFFER
    if use.is_open:
        return now + LOOK_AT_A_PHOTO_AT_WORK
    ticket_is_over = photo.created_at + TICKET_LIFETIME + CLOCKS_MAY_DIFFER
    return max(ticket_is_over, use.last_end + lifetime) if use.last_end else ticket_is_over


def _remove(keys: Iterable[str]) -> None:
    for key in keys:
        backends.photo_store().delete(key)
