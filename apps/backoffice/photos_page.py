"""Photos and clips of a person, behind links of a few minutes. Whoever looks is written down: they show faces."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from apps.accounts.models import User
from apps.emoji import backends
from apps.emoji.models import EmojiTask
from apps.staff import audit

LINK_LIFETIME = timedelta(minutes=5)
MOST_PICTURES = 12


@dataclass(frozen=True, slots=True)
class Picture:
    """Links are empty when there is nothing, or nothing any more."""

    task: EmojiTask
    photo: str
    clip: str

    @property
    def is_video(self) -> bool:
        return self.task.result_content_type.startswith("video/")


@permission_required("emoji.view_photos", raise_exception=True)
def photos_page(request: HttpRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, id=user_id)
    tasks = user.emoji_tasks.select_related("template", "upload").order_by("-id")[:MOST_PICTURES]
    shown: dict[str, Any] = {
        "title": f"Photos and clips of {user}",
        "pictures": pictures(request, user, tasks),
        "minutes": int(LINK_LIFETIME.total_seconds() // 60),
        "back": reverse("admin:accounts_user_change", args=[user.id]),
    }
    return render(request, "admin/backoffice/photos.html", admin.site.each_context(request) | shown)


def pictures(request: HttpRequest, user: User, tasks: Iterable[EmojiTask]) -> list[Picture]:
    """Signed links, after it was written down who asked for them."""
    found = [Picture(task, _photo(task), _clip(task)) for task in tasks]
    seen = [str(picture.task.id) for picture in found if picture.photo or picture.clip]
    if seen:
        audit.record(request, "photos.viewed", user, after={"tasks": seen})
    return found


def _photo(task: EmojiTask) -> str:
    if task.upload.removed_at:
        return ""
    return _link(task.photo_key or (task.upload.key if task.upload.checked_at else ""))


def _clip(task: EmojiTask) -> str:
    return "" if task.result_removed_at else _link(task.result_key)


def _link(key: str) -> str:
    return backends.photo_store().link(key, lifetime=LINK_LIFETIME) if key else ""
