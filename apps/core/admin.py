from django.contrib import admin

from apps.core import beat_admin
from apps.core.models import BackupRun, IdempotencyRecord, InvariantRun, SnowflakeNode
from apps.core.read_only_admin import ReadOnlyAdmin

beat_admin.take_over()


@admin.register(InvariantRun)
class InvariantRunAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "holds", "took_ms")
    ordering = ("-id",)

    @admin.display(boolean=True)
    def holds(self, run: InvariantRun) -> bool:
        return not run.broken


@admin.register(BackupRun)
class BackupRunAdmin(ReadOnlyAdmin):
    list_display = [field.name for field in BackupRun._meta.concrete_fields]


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnlyAdmin):
    """Who asked what, and when; what was answered is the user's business."""

    list_display = ("id", "user", "scope", "key", "status", "created_at")
    list_select_related = ("user",)
    search_fields = ("=id", "=user__id")
    exclude = ("body_sha256", "answer")


@admin.register(SnowflakeNode)
class SnowflakeNodeAdmin(ReadOnlyAdmin):
    """The node numbers of the id generator and the processes that hold them."""

    list_display = ("node_id", "holder", "ceiling_ms")
    ordering = ("node_id",)
