"""A lease lets its holder change the task, step after step, and nobody else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.core import database_clock
from apps.emoji import lease
from apps.emoji.lease import Claim, LeaseLost
from apps.emoji.models import EmojiTask
from tests.conftest import our_clock_at
from tests.emoji.conftest import LONG_AGO, another


@pytest.fixture
def held(task: EmojiTask) -> Claim:
    held = lease.claim(task.id)
    assert held
    return held


def row(held: Claim) -> EmojiTask:
    return EmojiTask.objects.get(id=held.task.id)


def test_a_claim_brings_the_task_with_its_photo_and_template(held: Claim, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert held.task.upload.key
        assert held.task.template.driven_id
    assert (held.task.claims, held.task.lease_token) == (1, held.token)


def test_the_next_step_begins_counted_and_with_its_whole_time(held: Claim, settings: Any) -> None:
    EmojiTask.objects.update(claims=2, lease_until=timezone.now() + timedelta(seconds=1))
    lease.go_on(held, stage="submitting", face_box=[1, 2, 3, 4])
    now = row(held)
    assert (now.stage, now.face_box, now.claims, now.lease_token) == ("submitting", [1, 2, 3, 4], 1, held.token)
    assert now.lease_until
    assert now.lease_until > timezone.now() + timedelta(seconds=settings.EMOJI_LEASE_SECONDS - 30)


def test_a_worker_that_dies_in_a_later_step_is_counted_there(held: Claim) -> None:
    lease.go_on(held, stage="submitting")
    EmojiTask.objects.update(lease_until=LONG_AGO)
    again = lease.claim(held.task.id)
    assert again
    assert (again.task.stage, again.task.claims) == ("submitting", 2)


@pytest.mark.parametrize("change", [lease.write, lease.go_on, lease.settle, lease.put_back])
def test_who_has_lost_it_changes_nothing(held: Claim, change: Any) -> None:
    EmojiTask.objects.update(lease_until=LONG_AGO)
    assert lease.claim(held.task.id)
    before = row(held)
    with pytest.raises(LeaseLost):
        change(held, stage="saving")
    after = row(held)
    assert (after.stage, after.version, after.lease_token) == (before.stage, before.version, before.lease_token)
    assert held.task.stage == before.stage


def test_the_holders_task_is_what_it_has_written(held: Claim) -> None:
    lease.write(held, submit_no=1, submit_sent_at=LONG_AGO, face_box=[1, 2, 3, 4])
    told, stored = held.task, row(held)
    assert (told.submit_no, told.submit_sent_at, told.face_box) == (1, LONG_AGO, [1, 2, 3, 4])
    assert (stored.submit_no, stored.submit_sent_at, stored.face_box) == (1, LONG_AGO, [1, 2, 3, 4])


def test_the_time_of_the_next_step_is_by_the_databases_clock(held: Claim) -> None:
    lease.settle(held, next_step_in=timedelta(hours=1))
    left = row(held).next_step_at - timezone.now()
    assert timedelta(minutes=59) < left < timedelta(minutes=61)
    assert lease.claim(held.task.id) is None


def test_what_time_it_is_is_told_by_the_databases_clock(task: EmojiTask) -> None:
    before = database_clock.now()
    with our_clock_at(timezone.now() + timedelta(days=1)):
        held = lease.claim(task.id)
        assert held
        assert before <= held.now() <= held.now() <= database_clock.now()


def test_the_app_sees_a_change_by_its_version_and_a_put_back_task_as_before(held: Claim) -> None:
    lease.write(held, retries=1)
    lease.put_back(held)
    assert (row(held).version, row(held).claims) == (2, 0)


def test_it_is_of_one_task(task: EmojiTask) -> None:
    others = [another(task), another(task)]
    held = lease.claim(others[0].id)
    assert held
    lease.write(held, stage="saving")
    assert list(EmojiTask.objects.order_by("id").values_list("lease_token", "stage", "version")) == [
        (None, task.stage, 1),
        (held.token, "saving", 2),
        (None, task.stage, 1),
    ]


@pytest.fixture
def running(task: EmojiTask) -> EmojiTask:
    """Due to be looked at, after some trouble, and rung for."""
    rows = EmojiTask.objects.filter(id=task.id)
    rows.update(status="processing", stage="generating", retries=3, rung_at=timezone.now(), next_step_at=LONG_AGO)
    return rows.get()


class TestStillRunning:
    def test_it_is_looked_at_later_with_its_troubles_forgotten(self, running: EmojiTask) -> None:
        lease.still_running([running.id], "running")
        running.refresh_from_db()
        assert (running.provider_status, running.version) == ("running", 2)
        assert (running.retries, running.rung_at) == (0, None)
        assert running.next_step_at > timezone.now()

    def test_one_that_was_running_already_does_not_wait_again(self, running: EmojiTask) -> None:
        EmojiTask.objects.update(provider_status="running")
        lease.still_running([running.id], "pending")
        running.refresh_from_db()
        assert (running.provider_status, running.version) == ("running", 1)

    def test_one_that_somebody_holds_is_left_to_them(self, running: EmojiTask) -> None:
        held = lease.claim(running.id)
        assert held
        lease.still_running([running.id], "running")
        assert (row(held).provider_status, row(held).next_step_at) == ("", LONG_AGO)

    def test_one_whose_clip_is_made_meanwhile_stays_so(self, running: EmojiTask) -> None:
        EmojiTask.objects.update(stage="saving", provider_status="succeeded")
        lease.still_running([running.id], "running")
        running.refresh_from_db()
        assert (running.provider_status, running.next_step_at) == ("succeeded", LONG_AGO)


class TestLookLater:
    def test_it_is_looked_at_when_its_account_may_be_called(self, running: EmojiTask) -> None:
        lease.look_later([running.id], timedelta(hours=1))
        running.refresh_from_db()
        left = running.next_step_at - timezone.now()
        assert timedelta(minutes=59) < left < timedelta(minutes=61)
        assert (running.rung_at, running.retries, running.version) == (None, 3, 1)

    def test_one_that_somebody_holds_or_whose_clip_is_made_is_left_alone(self, running: EmojiTask) -> None:
        held, saving = another(running), another(running, stage="saving")
        assert lease.claim(held.id)
        lease.look_later([held.id, saving.id], timedelta(hours=1))
        assert set(EmojiTask.objects.values_list("next_step_at", flat=True)) == {LONG_AGO}


class TestWaitingForTheDisk:
    @pytest.mark.parametrize("change", [lease.write, lease.settle, lease.put_back])
    def test_what_must_not_be_undone_waits(
        self, task: EmojiTask, change: Any, waits_for_disk: Callable[[], bool]
    ) -> None:
        EmojiTask.objects.update(lease_token="6f0a7c0e-2f55-4d1c-9a3f-0c6f7a1d2b3c", claims=1)
        task.refresh_from_db()
        assert task.lease_token
        change(Claim(task, task.lease_token), provider_status="running")
        assert waits_for_disk()

    def test_a_claim_does_not(self, task: EmojiTask, waits_for_disk: Callable[[], bool]) -> None:
        assert lease.claim(task.id)
        assert not waits_for_disk()

    @pytest.mark.parametrize("is_synced", [True, False])
    def test_the_next_step_waits_when_it_is_said(
        self, task: EmojiTask, is_synced: bool, waits_for_disk: Callable[[], bool]
    ) -> None:
        EmojiTask.objects.update(lease_token="6f0a7c0e-2f55-4d1c-9a3f-0c6f7a1d2b3c", claims=1)
        task.refresh_from_db()
        assert task.lease_token
        lease.go_on(Claim(task, task.lease_token), stage="saving", is_synced=is_synced)
        assert waits_for_disk() == is_synced
