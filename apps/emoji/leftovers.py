"""Clips that were stored for a task which then failed or was canceled; whether there is one, only the store knows."""

from datetime import datetime, timedelta

from django.db.models import Q

from apps.emoji import backends, clip_keys
from apps.emoji.models import EmojiTask, Status

# A worker that lost its task may still be storing the clip.
WORKERS_MAY_STORE = timedelta(minutes=10)
# So long after a failure staff may have the very clip fetched: the provider keeps it for a day.
STAFF_MAY_FETCH = timedelta(hours=24)


def remove(now: datetime, at_most: int) -> int:
    """Of how many tasks. Raises PhotoStoreUnavailable; the next run goes on."""
    is_final = Q(status=Status.CANCELED) | Q(deleted_at__isnull=False) | Q(completed_at__lte=now - STAFF_MAY_FETCH)
    left = EmojiTask.objects.filter(
        is_final, status__in=(Status.FAILED, Status.CANCELED), submit_no__gt=0, result_removed_at=None
    ).filter(completed_at__lte=now - WORKERS_MAY_STORE)
    tasks = list(left.order_by("completed_at")[:at_most])
    for task in tasks:
        # Staff may have it made again meanwhile.
        if left.filter(id=task.id).exists():
            for key in clip_keys.possible(task):
                backends.photo_store().delete(key)
            left.filter(id=task.id).update(result_removed_at=now)
    return len(tasks)
