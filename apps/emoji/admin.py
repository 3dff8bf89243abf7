from django.contrib import admin
from django.http import HttpRequest

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.emoji.models import EmojiTask, EmojiTemplate


@admin.register(EmojiTemplate)
class EmojiTemplateAdmin(admin.ModelAdmin[EmojiTemplate]):
    list_display = ("driven_id", "name", "category", "sort", "is_active", "is_vip_only")
    list_filter = ("category", "is_active", "is_vip_only")
    search_fields = ("driven_id", "name")
    readonly_fields = ("id",)

    def has_delete_permission(self, request: HttpRequest, obj: EmojiTemplate | None = None) -> bool:
        """A template is retired: tasks point at it."""
        return False


@admin.register(EmojiTask)
class EmojiTaskAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "template", "status", "stage", "cost", "error_code", "created_at", "completed_at")
    list_select_related = ("user", "template")
    list_filter = ("status", "stage", "error_code")
    search_fields = ("=id", "=user__id", "=provider_task_id")
