from django.contrib import admin

from apps.core import beat_admin
from apps.core.models import InvariantRun
from apps.core.read_only_admin import ReadOnlyAdmin

beat_admin.take_over()


@admin.register(InvariantRun)
class InvariantRunAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "holds", "took_ms")
    ordering = ("-id",)

    @admin.display(boolean=True)
    def holds(self, run: InvariantRun) -> bool:
        return not run.broken
