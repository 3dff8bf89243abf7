"""Where a task's clip lies in the photo store.

The task alone decides it, so that a repetition overwrites itself, and a clip is found whose worker died before it could
say so.
"""

from django.conf import settings

from apps.emoji.models import EmojiTask

ENDINGS = ("mp4", "webp", "gif")


def of_type(task: EmojiTask, content_type: str) -> str:
    return _with_ending(task, content_type.rpartition("/")[2])


def possible(task: EmojiTask) -> list[str]:
    return [_with_ending(task, ending) for ending in ENDINGS]


def _with_ending(task: EmojiTask, ending: str) -> str:
    return f"{settings.OSS_RESULT_PREFIX}/{task.user_id}/{task.id}.{ending}"
