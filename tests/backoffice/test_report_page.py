"""Staff work through what users report: they look, decide, and say why."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.emoji.models import EmojiTask, TaskReport
from tests.audit_log import actions, written


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


@pytest.fixture
def report(task: EmojiTask) -> TaskReport:
    EmojiTask.objects.update(
        status="succeeded", result_key="results/1.gif", result_size=1, result_sha256="x", completed_at=timezone.now()
    )
    return TaskReport.objects.create(user=task.user, task=task, reason="offensive", note="Horrible")


def decide(desk: Client, report: TaskReport, name: str) -> Any:
    return desk.post(f"/admin/reports/{report.id}/do/{name}/", {"reason": "Looked at it"})


def test_the_queue_leads_to_what_was_said_and_made(desk: Client, report: TaskReport) -> None:
    assert f"/admin/reports/{report.id}/" in desk.get("/admin/emoji/taskreport/?is_handled__exact=0").content.decode()
    page = desk.get(f"/admin/reports/{report.id}/").content.decode()
    assert "Horrible" in page
    assert "results/1.gif" in page
    assert actions() == ["photos.viewed"]


def test_a_report_is_dismissed_once(desk: Client, report: TaskReport) -> None:
    assert decide(desk, report, "dismiss").status_code == 302
    assert "already" in decide(desk, report, "dismiss").content.decode()
    report.refresh_from_db()
    assert report.is_handled
    assert EmojiTask.objects.get().deleted_at is None
    assert actions() == ["report.dismiss"]


def test_a_clip_is_deleted(desk: Client, report: TaskReport) -> None:
    decide(desk, report, "delete")
    report.refresh_from_db()
    assert report.is_handled
    assert EmojiTask.objects.get().deleted_at is not None
    (deed,) = written()
    before, after = deed.before or {}, deed.after or {}
    assert before["task__deleted_at"] is None
    assert after["task__deleted_at"]


def test_a_clip_that_is_deleted_already_leaves_the_report_open(desk: Client, report: TaskReport) -> None:
    EmojiTask.objects.update(deleted_at=timezone.now())
    assert "deleted already" in decide(desk, report, "delete").content.decode()
    report.refresh_from_db()
    assert not report.is_handled


def test_the_report_leads_to_the_suspension_of_its_user(desk: Client, report: TaskReport) -> None:
    page = f"/admin/accounts/user/{report.user_id}/suspension/"
    assert page in desk.get(f"/admin/reports/{report.id}/").content.decode()
    assert desk.post(page, {"reason": "Uploads strangers"}).status_code == 302
    assert page not in desk.get(f"/admin/reports/{report.id}/").content.decode()
    assert actions()[-2:] == ["user.suspension", "photos.viewed"]


def test_staff_do_not_type_into_reports(desk: Client, report: TaskReport) -> None:
    assert desk.post(f"/admin/emoji/taskreport/{report.id}/change/", {"note": "Nice"}).status_code == 403
    assert desk.post("/admin/emoji/taskreport/add/", {"note": "Nice"}).status_code == 403


def test_who_may_not_change_reports_decides_nothing(client: Client, report: TaskReport) -> None:
    clerk = User.objects.create_user("clerk", "a-long-password-here", is_staff=True)
    client.force_login(clerk)
    assert client.get(f"/admin/reports/{report.id}/").status_code == 403
    assert decide(client, report, "delete").status_code == 403
