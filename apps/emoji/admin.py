from django.contrib import admin
from django.http import HttpRequest

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.emoji.models import EmojiTask, EmojiTemplate, ProviderHealth


@admin.register(EmojiTemplate)
class EmojiTemplateAdmin(admin.ModelAdmin[EmojiTemplate]):
    list_display = ("driven_id", "name", "category", "sort", "is_active")
    list_filter = ("category", "is_active")
    search_fields = ("driven_id", "name")
    readonly_fields = ("id",)

    def has_delete_permission(self, request: HttpRequest, obj: EmojiTemplate | None = None) -> bool:
        """A template is retired: tasks point at it."""
        return False


@admin.register(EmojiTask)
class EmojiTaskAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "template", "status", "stage", "cost", "error_code", "created_at", "completed_at")
    list_select_related = ("user", "template")
    list_filter = ("status", "stage", "error_code", "provider_account")
    search_fields = ("=id", "=user__id", "=provider_task_id")


@admin.register(ProviderHealth)
class ProviderHealthAdmin(ReadOnlyAdmin):
    list_display = ("account", "failures", "fault", "open_until")
