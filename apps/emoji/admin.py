from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.core.staff_admin import StaffAdmin
from apps.emoji import provider_accounts
from apps.emoji.models import (
    AbandonedGeneration,
    Detection,
    EmojiTask,
    EmojiTemplate,
    PhotoUpload,
    ProviderHealth,
    TaskReport,
)
from apps.emoji.task_errors import TASK_ERRORS
from apps.staff.known_values_filter import by_words

# What staff add is new for so long, unless they say otherwise.
NEW_FOR = timedelta(days=30)
PHOTO_ERRORS = tuple(code for code in TASK_ERRORS if code.startswith("photo_"))


@admin.register(EmojiTemplate)
class EmojiTemplateAdmin(StaffAdmin):
    list_display = ("driven_id", "name", "category", "sort", "is_active", "is_vip_only", "new_until")
    list_filter = ("category", "is_active", "is_vip_only")
    search_fields = ("driven_id", "name")
    readonly_fields = ("id",)
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}  # type: ignore[misc, assignment]  # the theme says of instances

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().get_changeform_initial_data(request), "new_until": timezone.now().date() + NEW_FOR}

    def has_delete_permission(self, request: HttpRequest, obj: EmojiTemplate | None = None) -> bool:
        """A template is retired: tasks point at it."""
        return False


@admin.register(EmojiTask)
class EmojiTaskAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "template", "status", "stage", "cost", "error_code", "created_at", "completed_at")
    list_select_related = ("user", "template")
    list_filter = (
        *("status", "stage"),
        ("error_code", by_words(lambda: TASK_ERRORS)),
        ("provider_account", by_words(lambda: (account.name for account in provider_accounts.configured()))),
    )
    search_fields = ("=id", "=user__id", "=provider_task_id")


@admin.register(TaskReport)
class TaskReportAdmin(ReadOnlyAdmin):
    """What users say of clips; staff decide about each on a page of its own."""

    list_display: tuple[str, ...] = ("reason", "note", "task", "user", "updated_at", "is_handled")
    list_filter = ("is_handled", "reason")
    list_select_related = ("task", "user")
    search_fields = ("=id", "=user__id", "=task__id")
    ordering = ("-id",)


@admin.register(ProviderHealth)
class ProviderHealthAdmin(ReadOnlyAdmin):
    list_display = ("account", "failures", "fault", "open_until")


@admin.register(PhotoUpload)
class PhotoUploadAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "content_type", "content_length", "checked_at", "closed_at", "removed_at")
    list_select_related = ("user",)
    search_fields = ("=id", "=user__id", "=key")


@admin.register(Detection)
class DetectionAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "outcome", "reason", "provider", "asked_at", "expires_at")
    list_select_related = ("user",)
    list_filter = ("outcome", ("reason", by_words(lambda: PHOTO_ERRORS)))
    search_fields = ("=id", "=user__id")


@admin.register(AbandonedGeneration)
class AbandonedGenerationAdmin(ReadOnlyAdmin):
    list_display = ("provider_task_id", "task", "created_at")
    list_select_related = ("task",)
    search_fields = ("=provider_task_id", "=task__id")
