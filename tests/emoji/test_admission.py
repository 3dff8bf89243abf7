"""As many emoji are at the provider as there are places; the others wait in their turn."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.emoji import admission, breaker, lease, pipeline, tasks
from apps.emoji.models import EmojiTask, ProviderHealth
from apps.emoji.provider import Fault
from dev.dashscope_behaviours import fails
from dev.fake_dashscope import FakeDashScope
from tests.emoji.conftest import LONG_AGO, advance, another

pytestmark = pytest.mark.usefixtures("guarded_dashscope")


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    ids: list[int] = []
    monkeypatch.setattr(tasks.advance, "delay", ids.append)
    return ids


def occupy(task: EmojiTask, account: str, count: int, stage: str = "generating") -> list[EmojiTask]:
    """Tasks that are at the provider already, and not due."""
    later = timezone.now() + timedelta(hours=1)
    taken = {"status": "processing", "stage": stage, "provider_account": account, "next_step_at": later}
    return [another(task, **taken) for _ in range(count)]


def test_no_more_begin_than_there_are_places(task: EmojiTask, settings: Any, account: str) -> None:
    settings.DASHSCOPE_PLACES = 3
    occupy(task, account, 3)
    assert advance(task, 3).status == "queued"
    assert (task.claims, task.started_at, task.deadline_at, task.lease_until) == (0, None, None, None)


def test_a_task_whose_clip_is_only_to_be_fetched_takes_no_place(task: EmojiTask, settings: Any, account: str) -> None:
    settings.DASHSCOPE_PLACES = 1
    occupy(task, account, 3, stage="saving")
    pipeline.advance(task.id)
    task.refresh_from_db()
    assert task.status == "processing"


def test_it_goes_by_turns_whoever_is_rung(task: EmojiTask, settings: Any) -> None:
    settings.DASHSCOPE_PLACES = 1
    second = another(task, turn_at=task.turn_at + timedelta(seconds=1))
    assert advance(second).status == "queued"
    assert advance(task).status == "processing"


def test_the_sweeper_rings_those_whose_turn_it_is(
    task: EmojiTask, settings: Any, account: str, rung: list[int]
) -> None:
    settings.DASHSCOPE_PLACES = 3
    occupy(task, account, 1)
    waiting = [another(task, turn_at=task.turn_at - timedelta(seconds=number)) for number in (1, 2, 3)]
    tasks.ring_due()
    assert rung == [waiting[2].id, waiting[1].id]


def test_the_sweeper_rings_for_those_that_waited_too_long(
    task: EmojiTask, settings: Any, account: str, rung: list[int]
) -> None:
    settings.DASHSCOPE_PLACES = 0
    settings.EMOJI_LONGEST_WAIT_SECONDS = 600
    EmojiTask.objects.update(created_at=LONG_AGO, turn_at=LONG_AGO)
    tasks.ring_due()
    assert rung == [task.id]
    assert (advance(task).status, task.error_code) == ("failed", "deadline_exceeded")


def test_the_account_with_most_room_takes_the_task(task: EmojiTask, settings: Any, account: str) -> None:
    settings.DASHSCOPE_ACCOUNTS = {account: "key", f"{account}-b": "key b"}
    settings.DASHSCOPE_PLACES = 2
    occupy(task, account, 1)
    advance(task)
    assert task.provider_account == f"{account}-b"


def test_an_account_that_is_out_takes_nothing(task: EmojiTask, settings: Any, account: str) -> None:
    settings.DASHSCOPE_ACCOUNTS = {account: "key", f"{account}-b": "key b"}
    settings.DASHSCOPE_PLACES = 2
    occupy(task, f"{account}-b", 1)
    breaker.fails(account, Fault.ACCOUNT, "Arrearage")
    assert admission.free_places() == {f"{account}-b": 1}
    advance(task)
    assert task.provider_account == f"{account}-b"


def test_an_account_that_is_due_for_a_probe_may_be_chosen(task: EmojiTask, account: str) -> None:
    breaker.fails(account, Fault.ACCOUNT, "Arrearage")
    assert advance(task).status == "queued"
    ProviderHealth.objects.update(open_until=LONG_AGO)
    assert advance(task, 2).status == "succeeded"


def test_with_no_account_at_all_tasks_wait(task: EmojiTask, settings: Any) -> None:
    settings.DASHSCOPE_ACCOUNTS = {}
    assert advance(task).status == "queued"


def test_a_begun_task_that_lost_its_account_goes_before_those_that_wait(
    task: EmojiTask, settings: Any, account: str
) -> None:
    settings.DASHSCOPE_PLACES = 1
    another(task, turn_at=task.turn_at - timedelta(hours=1))
    EmojiTask.objects.filter(id=task.id).update(status="processing", started_at=LONG_AGO)
    assert advance(task).provider_account == account
    assert task.started_at == LONG_AGO
    assert task.deadline_at is not None
    assert task.deadline_at > timezone.now()


def test_places_are_kept_for_begun_tasks_that_lost_their_account_and_for_no_others(
    task: EmojiTask, settings: Any, account: str
) -> None:
    settings.DASHSCOPE_PLACES = 5
    occupy(task, account, 1, stage="detecting")
    occupy(task, "", 1, stage="submitting")
    occupy(task, "", 1, stage="generating")
    another(task, status="processing", stage="submitting", submit_sent_at=LONG_AGO)
    assert admission.room() == 3


def test_a_probe_begins_one_task_and_tries_again_with_the_same(
    task: EmojiTask, guarded_dashscope: FakeDashScope, account: str, rung: list[int]
) -> None:
    waiting = [another(task, turn_at=task.turn_at + timedelta(seconds=number)) for number in (1, 2)]
    breaker.fails(account, Fault.ACCOUNT, "Arrearage")
    guarded_dashscope.next("detect", *[fails("Arrearage", "pay", 400)] * 5)
    for _ in range(5):
        ProviderHealth.objects.update(open_until=LONG_AGO)
        for one in (task, *waiting):
            advance(one)
    assert EmojiTask.objects.get(status="processing") == task
    ProviderHealth.objects.update(open_until=LONG_AGO)
    EmojiTask.objects.update(next_step_at=LONG_AGO)
    tasks.ring_due()
    assert rung == [task.id]
    advance(task)
    for one in waiting:
        assert advance(one, 2).status == "succeeded"


def test_what_is_put_back_looks_to_the_app_as_before(task: EmojiTask, settings: Any, account: str) -> None:
    settings.DASHSCOPE_PLACES = 1
    occupy(task, account, 1)
    assert advance(task, 3).version == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_no_more_begin_than_there_are_places(
    task: EmojiTask, settings: Any, guarded_dashscope: FakeDashScope
) -> None:
    settings.DASHSCOPE_PLACES = 2
    guarded_dashscope.run_seconds = 3600
    ordered = [task, *(another(task, turn_at=task.turn_at + timedelta(seconds=number)) for number in range(1, 8))]
    start = threading.Barrier(len(ordered))

    def work(task_id: int) -> None:
        start.wait()
        for _ in range(5):
            pipeline.advance(task_id)
        connection.close()

    threads = [threading.Thread(target=work, args=(one.id,)) for one in ordered]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert EmojiTask.objects.filter(status="processing").count() <= 2
    for one in ordered:
        advance(one)
    assert set(EmojiTask.objects.filter(status="processing")) == set(ordered[:2])


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_see_the_same_free_place(task: EmojiTask) -> None:
    held = lease.claim(task.id)
    assert held
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7316021)")
        assert not admission.admit(held, timezone.now())
    finally:
        other.close()
    task.refresh_from_db()
    assert (task.status, task.lease_until, task.claims) == ("queued", None, 0)


@pytest.mark.django_db(transaction=True)
def test_a_worker_waits_while_another_chooses(task: EmojiTask) -> None:
    held = lease.claim(task.id)
    assert held
    other = connection.copy()
    other.inc_thread_sharing()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7316021)")
    chosen = threading.Timer(0.1, other.close)
    chosen.start()
    assert admission.admit(held, timezone.now())
    chosen.join()


def test_the_mock_has_room_for_all(task: EmojiTask, settings: Any, guarded_dashscope: FakeDashScope) -> None:
    settings.ALIYUN_EMOJI_MOCK = True
    assert admission.free_places() == {"mock": admission.UNLIMITED}
