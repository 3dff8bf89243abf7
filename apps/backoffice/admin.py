"""Pages for tables of Django's own."""

import django.contrib.auth.admin  # noqa: F401 - it registers what is replaced here
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group

from apps.backoffice.event_admin import EventAdmin
from apps.backoffice.models import DailyFigures
from apps.backoffice.people_admin import PersonAdmin
from apps.backoffice.task_admin import ReportAdmin, TaskAdmin
from apps.core.read_only_admin import ReadOnlyAdmin
from apps.core.staff_admin import StaffAdmin

__all__ = ["EventAdmin", "PersonAdmin", "ReportAdmin", "TaskAdmin"]

admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(StaffAdmin):
    """What members of staff may do, by name."""

    list_display = ("name",)
    search_fields = ("name",)
    filter_horizontal = ("permissions",)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag", "change_message")
    list_select_related = ("user", "content_type")
    list_filter = ("action_flag",)
    search_fields = ("=user__id", "=object_id")
    ordering = ("-id",)


@admin.register(DailyFigures)
class DailyFiguresAdmin(ReadOnlyAdmin):
    list_display = ("day", "tasks", "counted_at", "is_stale")
    ordering = ("-day",)
