"""Staff see what beat does; only superusers change it or start a task."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from celery import current_app
from celery.signals import task_postrun
from django.contrib.admin import site
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask

from apps.accounts.models import User
from apps.core.beat_admin import BeatTaskAdmin

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
TASKS = "/admin/django_celery_beat/periodictask/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def sweep() -> Any:
    every_minute, _ = IntervalSchedule.objects.get_or_create(every=60, period=IntervalSchedule.SECONDS)
    return PeriodicTask.objects.create(
        name="a sweep", task="apps.core.tasks.check_invariants", interval=every_minute, last_run_at=timezone.now()
    )


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the tasks that were started."""
    started: list[str] = []
    current_app.loader.import_default_modules()
    task = current_app.tasks["apps.core.tasks.check_invariants"]
    monkeypatch.setattr(task, "apply_async", lambda **_: started.append(task.name))
    return started


@pytest.fixture
def superuser(staff: User) -> Client:
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def helper(db: None) -> Client:
    """A member of staff with every permission there is."""
    user = User.objects.create_user("helper", "a-long-password-here", is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    client = Client()
    client.force_login(user)
    return client


def start(desk: Client, task: Any) -> Any:
    return desk.post(TASKS, {"action": "run_tasks", "_selected_action": [task.pk]}, follow=True)


def test_staff_see_last_and_next_run(helper: Client, sweep: Any) -> None:
    page = helper.get(TASKS).content.decode()
    assert "a sweep" in page
    assert "every 60 seconds" in page
    assert 'class="field-last_run_at' in page
    assert 'class="field-next_run' in page
    assert helper.get(f"{TASKS}{sweep.pk}/change/").status_code == 200


@pytest.mark.parametrize(
    ("state", "told"), [("SUCCESS", "success at 2026-12-01 12:00:00 UTC"), ("FAILURE", "failure at")]
)
def test_staff_see_how_it_ended_last(helper: Client, sweep: Any, state: str, told: str) -> None:
    with time_machine.travel(NOON, tick=False):
        task_postrun.send(None, task=SimpleNamespace(name=sweep.task), state=state)
    assert told in helper.get(TASKS).content.decode()


def test_they_see_nothing_of_it_without_redis(helper: Client, sweep: Any, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    task_postrun.send(None, task=SimpleNamespace(name=sweep.task), state="SUCCESS")
    page = helper.get(TASKS)
    assert (page.status_code, "success at" in page.content.decode()) == (200, False)


def test_staff_cannot_start_add_change_or_delete_a_task(helper: Client, sweep: Any, sent: list[str]) -> None:
    start(helper, sweep)
    assert sent == []
    for page in ("add/", f"{sweep.pk}/delete/", f"{sweep.pk}/change/"):
        assert helper.post(TASKS + page, {"name": "mine", "task": "x", "post": "yes"}).status_code == 403
    assert PeriodicTask.objects.get(pk=sweep.pk).name == "a sweep"


@pytest.mark.parametrize("kind", ["intervalschedule", "crontabschedule", "clockedschedule"])
def test_staff_see_schedules_and_cannot_add_one(helper: Client, kind: str) -> None:
    assert helper.get(f"/admin/django_celery_beat/{kind}/").status_code == 200
    assert helper.post(f"/admin/django_celery_beat/{kind}/add/", {"every": 1, "period": "days"}).status_code == 403


def test_a_superuser_starts_and_edits_tasks(superuser: Client, sweep: Any, sent: list[str]) -> None:
    start(superuser, sweep)
    assert sent == ["apps.core.tasks.check_invariants"]
    superuser.post(TASKS, {"action": "disable_tasks", "_selected_action": [sweep.pk]})
    assert not PeriodicTask.objects.get(pk=sweep.pk).enabled
    assert superuser.get(f"{TASKS}{sweep.pk}/change/").status_code == 200


def test_who_may_not_look_sees_nothing(sweep: Any) -> None:
    user = User.objects.create_user("helper", "a-long-password-here", is_staff=True)
    client = Client()
    client.force_login(user)
    assert client.get(TASKS).status_code == 403


class TestNextRun:
    admin = BeatTaskAdmin(PeriodicTask, site)

    @pytest.fixture(autouse=True)
    def noon(self) -> Iterator[datetime]:
        """The clock stands still."""
        with time_machine.travel(NOON, tick=False):
            yield NOON

    def test_an_interval_counts_from_the_last_run(self) -> None:
        every_minute = IntervalSchedule(every=60, period=IntervalSchedule.SECONDS)
        task = PeriodicTask(interval=every_minute, last_run_at=NOON - timedelta(seconds=20))
        assert self.admin.next_run(task) == NOON + timedelta(seconds=40)

    def test_one_that_is_late_is_due_now(self) -> None:
        every_minute = IntervalSchedule(every=60, period=IntervalSchedule.SECONDS)
        assert self.admin.next_run(PeriodicTask(interval=every_minute, last_run_at=NOON - timedelta(hours=1))) == NOON

    def test_a_task_that_is_off_has_none(self, sweep: Any) -> None:
        sweep.enabled = False
        assert self.admin.next_run(sweep) is None

    def test_a_crontab_names_its_time(self) -> None:
        task = PeriodicTask(crontab=CrontabSchedule(minute="30", hour="3"), last_run_at=NOON)
        assert self.admin.next_run(task) == datetime(2026, 12, 2, 3, 30, tzinfo=UTC)

    def test_a_clocked_task_names_its_moment(self) -> None:
        moment = NOON + timedelta(hours=5)
        task = PeriodicTask(clocked=ClockedSchedule(clocked_time=moment), last_run_at=NOON)
        assert self.admin.next_run(task) == moment

    def test_a_start_that_is_still_to_come_is_waited_for(self, sweep: Any) -> None:
        sweep.start_time = NOON + timedelta(days=2)
        assert self.admin.next_run(sweep) == sweep.start_time
