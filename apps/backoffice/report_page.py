"""The moderation queue: what a user said of a clip, the clip, and what staff decide."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from apps.backoffice import confirmation, pictures
from apps.backoffice.confirmation import Answers, Deed, Refused
from apps.emoji import own_tasks
from apps.emoji.models import TaskReport
from apps.emoji.own_tasks import TaskNotDeletable, TaskNotFound
from apps.staff import audit

MAY = "emoji.change_taskreport"
ALONG = ("user", "task__template", "task__upload")


@permission_required(MAY, raise_exception=True)
def report_page(request: HttpRequest, report_id: int) -> HttpResponse:
    """Photo and clip are shown to those who may look at them."""
    report = get_object_or_404(TaskReport.objects.select_related(*ALONG), id=report_id)
    may_look = request.user.has_perm("emoji.view_photos")
    picture = pictures.of(request, report.user, [report.task])[0] if may_look else None
    others = TaskReport.objects.filter(user=report.user).exclude(id=report.id).count()
    may_suspend = request.user.has_perm("accounts.suspend_user") and not report.user.is_staff
    shown: dict[str, Any] = {"title": "Report", "report": report, "picture": picture, "others": others}
    shown["may_suspend"] = may_suspend and not report.user.suspended_at
    return render(request, "admin/backoffice/report.html", admin.site.each_context(request) | shown)


def report_deed(request: HttpRequest, report_id: int, deed: str) -> HttpResponse:
    report = get_object_or_404(TaskReport.objects.select_related(*ALONG), id=report_id)
    if deed not in DEEDS:
        raise Http404
    return confirmation.page(request, DEEDS[deed](report), report, reverse("admin:emoji_taskreport_changelist"))


def _dismiss(report: TaskReport) -> Deed:
    return _deed(
        report,
        "dismiss",
        title="Dismiss the report",
        meaning="Nothing is wrong with the clip, or nothing is to be done. The report leaves the queue.",
        act=lambda given: None,
        done="The report is dismissed.",
    )


def _delete(report: TaskReport) -> Deed:
    return _deed(
        report,
        "delete",
        title="Delete the clip",
        meaning="Its user sees it no more, and photo and clip are removed from storage within minutes.",
        act=lambda given: _delete_clip(report),
        done="The clip is deleted.",
        is_dangerous=True,
    )


DEEDS: dict[str, Callable[[TaskReport], Deed]] = {"dismiss": _dismiss, "delete": _delete}


def _deed(report: TaskReport, name: str, *, act: Callable[[Answers], None], done: str, **words: Any) -> Deed:
    def perform(given: Answers) -> str:
        if not TaskReport.objects.filter(id=report.id, is_handled=False).update(is_handled=True):
            raise Refused("Somebody has handled this report already.")
        act(given)
        return done

    facts = partial(_facts, report.id)
    return Deed(action=f"report.{name}", permission=MAY, perform=perform, facts=facts, **words)


def _delete_clip(report: TaskReport) -> None:
    try:
        own_tasks.delete(report.user_id, report.task_id)
    except TaskNotFound as error:
        raise Refused("The clip is deleted already; dismiss the report.") from error
    except TaskNotDeletable as error:
        raise Refused("It is still being made.") from error


def _facts(report_id: int) -> audit.Facts:
    names = ("is_handled", "task__deleted_at", "user__is_active")
    return dict(TaskReport.objects.values(*names).get(id=report_id))
