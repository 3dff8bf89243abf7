"""Photos, clips and avatars, behind links of a few minutes. They show faces: they are asked for, and whoever looks is
written down."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest

from apps.accounts.models import User
from apps.emoji import backends
from apps.emoji.models import EmojiTask
from apps.staff import audit

LINK_LIFETIME = timedelta(minutes=5)
MOST_PICTURES = 12
ASKED = "pictures"


@dataclass(frozen=True, slots=True)
class Picture:
    """Links are empty when there is nothing, or nothing any more."""

    task: EmojiTask
    photo: str
    clip: str

    @property
    def is_video(self) -> bool:
        return self.task.result_content_type.startswith("video/")


def asked_for(request: HttpRequest) -> bool:
    """By the address of the page, and by somebody who may look."""
    return ASKED in request.GET and request.user.has_perm("emoji.view_photos")


def of(request: HttpRequest, user: User, tasks: Iterable[EmojiTask]) -> list[Picture]:
    """Signed links, after it was written down who asked for them."""
    found = [Picture(task, _photo(task), _clip(task)) for task in tasks]
    seen = [str(picture.task.id) for picture in found if picture.photo or picture.clip]
    if seen:
        audit.record(request, "photos.viewed", user, after={"tasks": seen})
    return found


def avatar_of(request: HttpRequest, user: User) -> str:
    """As `of`; empty for none."""
    if user.avatar_key:
        audit.record(request, "avatar.viewed", user)
    return _link(user.avatar_key)


def _photo(task: EmojiTask) -> str:
    if task.upload.removed_at:
        return ""
    return _link(task.photo_key or (task.upload.key if task.upload.checked_at else ""))


def _clip(task: EmojiTask) -> str:
    return "" if task.result_removed_at else _link(task.result_key)


def _link(key: str) -> str:
    return backends.photo_store().link(key, lifetime=LINK_LIFETIME) if key else ""
