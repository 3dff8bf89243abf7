"""What beat starts and when, in the admin: staff look, superusers edit and start.

The admin of django-celery-beat lets everybody who may look start any task with any arguments, by its actions.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django_celery_beat.admin import (
    ClockedScheduleAdmin,
    CrontabScheduleAdmin,
    IntervalScheduleAdmin,
    PeriodicTaskAdmin,
    PeriodicTaskForm,
    TaskSelectWidget,
)
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.core import job_endings
from apps.core.staff_admin import StaffAdmin

SCHEDULE = ("interval", "crontab", "crontab_translation", "clocked")
EXECUTION = ("expires", "expire_seconds", "queue", "exchange", "routing_key", "priority", "headers")


class SuperusersOnly:
    """Looking is for who has the permission; everything else is for superusers, whatever permissions others have."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return _is_superuser(request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)  # type: ignore[misc]  # of the admin it stands before
        return actions if _is_superuser(request) else {}


class RegisteredTaskWidget(UnfoldAdminSelectWidget, TaskSelectWidget):  # type: ignore[misc]  # the library has no types
    """The tasks that there are."""


class BeatTaskForm(PeriodicTaskForm):  # type: ignore[misc]  # the library has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "regtask" in self.fields:
            self.fields["regtask"].widget = RegisteredTaskWidget()
            self.fields["task"].widget = UnfoldAdminTextInputWidget()


class BeatTaskAdmin(SuperusersOnly, StaffAdmin, PeriodicTaskAdmin):  # type: ignore[misc]  # the library has no types
    list_display = ("name", "task", "enabled", "timing", "last_run_at", "result", "next_run", "lasts")
    list_filter = ("enabled",)
    date_hierarchy = None
    form = BeatTaskForm
    fieldsets = (
        (None, {"fields": ("name", "regtask", "task", "enabled", "description")}),
        ("Schedule", {"fields": (*SCHEDULE, "start_time", "last_run_at", "next_run", "total_run_count", "one_off")}),
        ("Arguments", {"fields": ("args", "kwargs"), "classes": ("collapse",)}),
        ("Execution", {"fields": EXECUTION, "classes": ("collapse",)}),
    )
    # The library's own translates a crontab by a script in the page.
    change_form_template = None
    readonly_fields = (*PeriodicTaskAdmin.readonly_fields, "next_run", "total_run_count")

    @admin.display(description="schedule")
    def timing(self, task: Any) -> str:
        return str(task.scheduler)

    @admin.display(description="next run")
    def next_run(self, task: Any) -> datetime | None:
        """As beat reckons it; None for a task that it will not start."""
        if not task.enabled or task.scheduler is None:
            return None
        due_in: timedelta = task.schedule.remaining_estimate(task.last_run_at or task.date_changed)
        due_at: datetime = timezone.now() + max(due_in, timedelta())
        return max(due_at, task.start_time) if task.start_time else due_at

    @admin.display(description="last result")
    def result(self, task: Any) -> str:
        """Of the task, whoever started it: beat sends it, and a worker has it done."""
        ending = job_endings.last_of(task.task)
        return f"{ending.state} at {ending.at:%Y-%m-%d %H:%M:%S} UTC" if ending else ""

    @admin.display(description="edits stay", boolean=True)
    def lasts(self, task: Any) -> bool:
        """Beat writes the schedules of the settings anew whenever it starts; only `enabled` stays as it was edited."""
        return task.name not in settings.CELERY_BEAT_SCHEDULE


class BeatIntervalAdmin(SuperusersOnly, StaffAdmin, IntervalScheduleAdmin):  # type: ignore[misc]  # the library has no types
    """Every so often."""


class BeatCrontabAdmin(SuperusersOnly, StaffAdmin, CrontabScheduleAdmin):  # type: ignore[misc]  # the library has no types
    """At times of the day."""


class BeatClockedAdmin(SuperusersOnly, StaffAdmin, ClockedScheduleAdmin):  # type: ignore[misc]  # the library has no types
    """Once."""


def take_over() -> None:
    """Schedules by the sun need a library that this project does not have."""
    admin.site.unregister([PeriodicTask, IntervalSchedule, CrontabSchedule, ClockedSchedule, SolarSchedule])
    admin.site.register(PeriodicTask, BeatTaskAdmin)
    admin.site.register(IntervalSchedule, BeatIntervalAdmin)
    admin.site.register(CrontabSchedule, BeatCrontabAdmin)
    admin.site.register(ClockedSchedule, BeatClockedAdmin)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)
