"""Staff act on tasks by pages that tell what happens, ask why, and write down who did what."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.backoffice import daily, figures, tasks
from apps.backoffice.figures import Figures
from apps.backoffice.models import DailyFigures
from apps.core.snowflake import first_id
from apps.emoji import backends
from apps.emoji.models import EmojiTask
from apps.points import ledger
from tests import held_up
from tests.audit_log import written
from tests.conftest import at
from tests.fakes import ScriptedProvider


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


@pytest.fixture
def paid(task: EmojiTask, give_points: Callable[..., None]) -> EmojiTask:
    give_points(task.user, 100)
    return task


@pytest.fixture
def failed(paid: EmojiTask) -> EmojiTask:
    EmojiTask.objects.filter(id=paid.id).update(
        status="failed", error_code="provider_failed", error_raw="InternalError", completed_at=timezone.now()
    )
    return paid


def deed(desk: Client, task: EmojiTask, name: str, **answers: Any) -> Any:
    return desk.post(f"/admin/tasks/{task.id}/do/{name}/", {"reason": "The user asked", **answers})


def now(task: EmojiTask) -> EmojiTask:
    return EmojiTask.objects.get(id=task.id)


def test_a_retry_is_confirmed_done_and_written_down(desk: Client, failed: EmojiTask, staff: User) -> None:
    page = desk.get(f"/admin/tasks/{failed.id}/do/retry/").content.decode()
    assert "Nothing is charged." in page
    answer = deed(desk, failed, "retry")
    assert answer["Location"] == f"/admin/emoji/emojitask/{failed.id}/change/"
    assert (now(failed).status, now(failed).attempt, ledger.balance(failed.user_id)) == ("queued", 2, 100)
    (told,) = written()
    assert (told.staff, told.object_id) == (staff, str(failed.id))
    assert (told.action, told.reason) == ("task.retry", "The user asked")
    before, after = told.before or {}, told.after or {}
    assert (before["status"], after["status"]) == ("failed", "queued")


@pytest.mark.parametrize("name", ["retry", "check", "cancel", "refund"])
def test_without_a_reason_nothing_is_done(desk: Client, failed: EmojiTask, name: str) -> None:
    assert deed(desk, failed, name, reason=" ").status_code == 200
    assert now(failed).version == failed.version
    assert written() == []


def test_looking_at_the_page_does_nothing(desk: Client, failed: EmojiTask) -> None:
    assert desk.get(f"/admin/tasks/{failed.id}/do/refund/").status_code == 200
    assert now(failed).refund_transaction_id is None


def test_a_refund_is_given_once_however_often_one_clicks(desk: Client, failed: EmojiTask) -> None:
    assert deed(desk, failed, "refund").status_code == 302
    second = deed(desk, failed, "refund")
    assert second.status_code == 200
    assert "given back already" in second.content.decode()
    assert ledger.balance(failed.user_id) == 300
    assert len(written()) == 1


@pytest.mark.parametrize(("answers", "balance"), [({"with_refund": "on"}, 300), ({}, 100)])
def test_whoever_cancels_chooses_about_the_points(
    desk: Client, paid: EmojiTask, answers: dict[str, str], balance: int
) -> None:
    deed(desk, paid, "cancel", **answers)
    assert (now(paid).status, ledger.balance(paid.user_id)) == ("canceled", balance)


def test_what_the_state_forbids_is_refused_in_words(desk: Client, paid: EmojiTask) -> None:
    answer = deed(desk, paid, "retry")
    assert "only a failed task can be tried again" in answer.content.decode()
    assert written() == []


def test_a_late_clip_is_asked_for(desk: Client, failed: EmojiTask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "provider", cache(ScriptedProvider))
    EmojiTask.objects.update(provider_task_id="p-1", submit_no=1, submit_sent_at=timezone.now())
    deed(desk, failed, "check")
    assert (now(failed).status, now(failed).stage) == ("processing", "generating")


def test_the_tasks_page_offers_what_is_possible(desk: Client, failed: EmojiTask) -> None:
    page = desk.get(f"/admin/emoji/emojitask/{failed.id}/change/").content.decode()
    assert "do/retry/" in page
    assert "do/refund/" in page
    assert "do/cancel/" not in page


@pytest.mark.parametrize(
    ("name", "permission"),
    [("retry", "operate_tasks"), ("check", "operate_tasks"), ("cancel", "operate_tasks"), ("refund", "refund_task")],
)
def test_each_is_for_those_who_may(client: Client, failed: EmojiTask, name: str, permission: str) -> None:
    clerk = User.objects.create_user("clerk", "a-long-password-here", is_staff=True)
    others = {"operate_tasks", "refund_task", "view_photos", "view_emojitask"} - {permission}
    clerk.user_permissions.set(Permission.objects.filter(codename__in=others))
    client.force_login(clerk)
    assert deed(client, failed, name).status_code == 403
    assert f"do/{name}/" not in client.get(f"/admin/emoji/emojitask/{failed.id}/change/").content.decode()
    clerk.user_permissions.add(Permission.objects.get(codename=permission))
    assert client.get(f"/admin/tasks/{failed.id}/do/{name}/").status_code == 200


def test_the_dashboard_counts_the_day_of_the_task_again_until_it_has_ended(desk: Client, failed: EmojiTask) -> None:
    later = timezone.now() + timedelta(days=5)
    with at(later):
        tasks.count_days()
    deed(desk, failed, "retry")
    (day,) = DailyFigures.objects.filter(is_stale=True)
    for status, completed_at in (("queued", None), ("canceled", later)):
        EmojiTask.objects.update(status=status, completed_at=completed_at)
        with at(later):
            tasks.count_days()
        day.refresh_from_db()
        assert day.tasks == {status: 1}
    assert not day.is_stale


def test_a_task_is_of_the_day_that_its_id_tells(desk: Client, failed: EmojiTask) -> None:
    """Its other times may be of the next day, if it was ordered at midnight."""
    at_midnight = datetime(2026, 12, 1, tzinfo=UTC)
    EmojiTask.objects.update(id=first_id(at_midnight) - 1, created_at=at_midnight)
    with at(at_midnight + timedelta(days=5)):
        tasks.count_days()
    deed(desk, EmojiTask.objects.get(), "retry")
    (day,) = DailyFigures.objects.filter(is_stale=True)
    assert (day.day, day.tasks) == (date(2026, 11, 30), {"failed": 1})


@pytest.mark.django_db(transaction=True)
def test_a_task_that_changes_while_its_day_is_counted_is_counted_again(
    failed: EmojiTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    later, of_day, its_day, marked = timezone.now() + timedelta(days=5), figures.of_day, figures.day_of(failed.id), []

    def changed_meanwhile(day: date) -> Figures:
        counted = of_day(day)
        if day == its_day:
            marked.append(held_up.by_us(lambda: daily.mark_stale(failed.id)))
        return counted

    with at(later):
        tasks.count_days()
        DailyFigures.objects.filter(day=its_day).update(is_stale=True)
        monkeypatch.setattr(figures, "of_day", changed_meanwhile)
        tasks.count_days()
    marked[0].result()
    assert [row.day for row in DailyFigures.objects.filter(is_stale=True)] == [its_day]


@pytest.mark.parametrize("address", ["/admin/tasks/1/do/retry/", "/admin/tasks/{}/do/destroy/"])
def test_there_is_nothing_else(desk: Client, task: EmojiTask, address: str) -> None:
    assert desk.get(address.format(task.id)).status_code == 404


def test_nobody_acts_without_logging_in(client: Client, failed: EmojiTask) -> None:
    assert deed(client, failed, "refund").status_code == 302
    assert now(failed).refund_transaction_id is None
