"""When a task is given up: not for a time in which nobody was there to make its steps."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.emoji import pipeline
from apps.emoji.models import EmojiTask
from apps.emoji.provider import Progress, ProviderError, Status
from tests.conftest import our_clock_at
from tests.emoji.conftest import advance, another
from tests.fakes import ScriptedProvider

RUNNING = Progress(Status.RUNNING)


@pytest.fixture
def running(task: EmojiTask, provider: ScriptedProvider) -> EmojiTask:
    provider.next("ask", RUNNING)
    advance(task, 2)
    assert (task.stage, task.provider_status) == ("generating", "running")
    return task


def nobody_came(*, due_ago: timedelta, over_ago: timedelta = timedelta(seconds=1), **fields: object) -> None:
    now = timezone.now()
    EmojiTask.objects.update(next_step_at=now - due_ago, deadline_at=now - over_ago, **fields)


def test_a_clip_that_was_made_while_nobody_was_there_is_fetched(running: EmojiTask) -> None:
    nobody_came(due_ago=timedelta(hours=2), over_ago=timedelta(hours=1))
    pipeline.advance(running.id)
    running.refresh_from_db()
    assert (running.status, running.submit_no) == ("succeeded", 1)


def test_one_that_the_provider_is_still_at_has_its_time_again_and_ends_with_it(
    running: EmojiTask, provider: ScriptedProvider
) -> None:
    provider.next("ask", RUNNING)
    nobody_came(due_ago=timedelta(hours=2))
    pipeline.advance(running.id)
    running.refresh_from_db()
    assert running.status == "processing"
    assert running.deadline_at
    assert running.deadline_at > timezone.now()
    nobody_came(due_ago=timedelta(minutes=1))
    pipeline.advance(running.id)
    running.refresh_from_db()
    assert (running.status, running.error_code) == ("failed", "deadline_exceeded")


def test_one_that_was_begun_and_not_submitted_is_made(task: EmojiTask, provider: ScriptedProvider) -> None:
    nobody_came(due_ago=timedelta(hours=2), status="processing", started_at=timezone.now())
    pipeline.advance(task.id)
    assert provider.submitted == ["provider-1"]


def test_what_the_provider_has_forgotten_ends(running: EmojiTask) -> None:
    nobody_came(due_ago=timedelta(hours=2), submit_sent_at=timezone.now() - timedelta(hours=21))
    pipeline.advance(running.id)
    running.refresh_from_db()
    assert running.error_code == "deadline_exceeded"


def test_what_may_have_been_submitted_is_looked_for(task: EmojiTask, provider: ScriptedProvider) -> None:
    provider.next("submit", ProviderError("provider_timeout", outcome_unknown=True))
    advance(task)
    sent_at = timezone.now() - timedelta(hours=2)
    nobody_came(due_ago=timedelta(hours=2), submit_sent_at=sent_at)
    pipeline.advance(task.id)
    task.refresh_from_db()
    assert (task.stage, provider.submitted) == ("generating", [task.provider_task_id])


def test_one_that_kills_its_workers_ends_all_the_same(running: EmojiTask) -> None:
    nobody_came(due_ago=timedelta(hours=2), claims=3)
    pipeline.advance(running.id)
    running.refresh_from_db()
    assert running.error_code == "worker_lost"


def test_one_that_was_ordered_on_a_machine_whose_clock_is_far_behind_has_not_waited_for_long(
    task: EmojiTask, provider: ScriptedProvider
) -> None:
    with our_clock_at(timezone.now() - timedelta(hours=7)):
        ordered = another(task)
    pipeline.advance(ordered.id)
    assert provider.submitted == ["provider-1"]
