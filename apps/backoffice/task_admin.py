"""A task's page with what can be done about it, and the queue of reports."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from apps.backoffice import pictures, report_page
from apps.backoffice.task_deeds import offered
from apps.emoji.admin import EmojiTaskAdmin, TaskReportAdmin
from apps.emoji.models import EmojiTask, TaskReport

admin.site.unregister([EmojiTask, TaskReport])


@admin.register(EmojiTask)
class TaskAdmin(EmojiTaskAdmin):
    change_form_outer_before_template = "admin/backoffice/task.html"  # type: ignore[assignment]  # the theme says None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        task = self.get_object(request, object_id)
        shown = {"task": task, "deeds": offered(request, task)} if task else {}
        if task and pictures.asked_for(request):
            shown["picture"] = pictures.of(request, task.user, [task])[0]
        return super().change_view(request, object_id, form_url, (extra_context or {}) | shown)


@admin.register(TaskReport)
class ReportAdmin(TaskReportAdmin):
    list_display = ("reason", "note", "task", "user", "updated_at", "is_handled", "look")

    def get_list_display(self, request: HttpRequest) -> Any:
        """Nobody is led where they are not let in."""
        may_look = request.user.has_perm(report_page.MAY)
        return [name for name in self.list_display if may_look or name != "look"]

    @admin.display(description="")
    def look(self, report: TaskReport) -> str:
        return format_html(
            '<a class="bo-button" href="{}">Look</a>', reverse("admin:backoffice_report", args=[report.id])
        )
