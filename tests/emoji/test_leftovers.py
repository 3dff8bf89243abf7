"""A clip that was stored for a task which did not succeed goes, unless staff have the task made after all."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.emoji import backends, clip_keys, leftovers, staff_actions, tasks
from apps.emoji.models import EmojiTask
from apps.emoji.provider import ProviderError
from tests.emoji.conftest import LONG_AGO, TASKS, advance, another, is_stored, sweep
from tests.fakes import ScriptedProvider

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Killed(BaseException):
    """As a worker is: nothing of ours sees it."""


def killed() -> None:
    raise Killed


def clip_of(task: EmojiTask) -> str:
    return f"results/{task.user_id}/{task.id}.webp"


def once_a_clip_is_stored(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    """Something happens when a clip has been stored, before its worker can say so."""
    store = backends.photo_store()
    write = store.write
    happened: list[str] = []

    def stored(key: str, content: bytes, *, content_type: str) -> None:
        write(key, content, content_type=content_type)
        if key.startswith("results/") and not happened:
            happened.append(key)
            meanwhile()

    monkeypatch.setattr(store, "write", stored)


def once_a_clip_is_removed_of(task: EmojiTask, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    """Something happens when the last place where a clip may lie has been emptied."""
    store, last_place = backends.photo_store(), clip_keys.possible(task)[-1]
    delete = store.delete

    def removed(key: str) -> None:
        delete(key)
        if key == last_place:
            meanwhile()

    monkeypatch.setattr(store, "delete", removed)


@pytest.fixture
def canceled(paid: EmojiTask, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch) -> EmojiTask:
    """By staff, while its clip was being stored."""
    once_a_clip_is_stored(monkeypatch, lambda: staff_actions.cancel(paid.id, with_refund=True))
    assert advance(paid, 2).status == "canceled"
    assert is_stored(clip_of(paid))
    return paid


@pytest.fixture
def failed(paid: EmojiTask, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch) -> EmojiTask:
    """Its worker was killed when the clip was stored, and nobody came before the deadline."""
    once_a_clip_is_stored(monkeypatch, killed)
    with pytest.raises(Killed):
        advance(paid, 2)
    EmojiTask.objects.update(lease_until=LONG_AGO, deadline_at=LONG_AGO)
    assert advance(paid).error_code == "deadline_exceeded"
    assert is_stored(clip_of(paid))
    return paid


def test_of_a_canceled_task_it_goes_when_no_worker_can_be_storing_it(canceled: EmojiTask) -> None:
    sweep(timedelta(minutes=5))
    assert is_stored(clip_of(canceled))
    sweep(timedelta(minutes=15))
    assert not is_stored(clip_of(canceled))


def test_of_a_failed_task_it_goes_when_staff_cannot_have_it_fetched_any_more(failed: EmojiTask) -> None:
    sweep(DAY - HOUR)
    assert is_stored(clip_of(failed))
    sweep(DAY + HOUR)
    assert not is_stored(clip_of(failed))


def test_of_a_task_that_its_user_deleted_it_goes_within_the_hour(failed: EmojiTask, app: APIClient) -> None:
    assert app.delete(f"{TASKS}/{failed.id}").status_code == 204
    sweep(HOUR)
    assert not is_stored(clip_of(failed))


def test_it_goes_although_the_task_failed_elsewhere_after_a_retry(
    failed: EmojiTask, provider: ScriptedProvider
) -> None:
    staff_actions.check_again(failed.id)
    provider.next("ask", ProviderError("provider_failed"))
    assert (advance(failed).error_code, failed.stage) == ("provider_failed", "generating")
    sweep(DAY + HOUR)
    assert not is_stored(clip_of(failed))


def test_what_staff_have_made_after_it_went_is_kept_and_shown(failed: EmojiTask, app: APIClient) -> None:
    EmojiTask.objects.update(completed_at=timezone.now() - 2 * DAY)
    tasks.remove_objects()
    staff_actions.retry(failed.id)
    assert advance(failed).status == "succeeded"
    sweep(2 * DAY)
    assert is_stored(failed.result_key)
    assert app.get(f"{TASKS}/{failed.id}").json()["result_state"] == "available"


def test_what_staff_have_fetched_while_others_go_stays(failed: EmojiTask, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = another(failed, provider_task_id=None, completed_at=LONG_AGO)

    def fetch() -> None:
        staff_actions.check_again(failed.id)
        assert advance(failed).status == "succeeded"

    once_a_clip_is_removed_of(earlier, monkeypatch, fetch)
    leftovers.remove(timezone.now() + DAY + HOUR, 10)
    assert is_stored(failed.result_key)


def test_what_staff_have_fetched_while_it_goes_is_shown(
    failed: EmojiTask, app: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    once_a_clip_is_removed_of(failed, monkeypatch, lambda: staff_actions.check_again(failed.id))
    leftovers.remove(timezone.now() + DAY + HOUR, 10)
    assert advance(failed).status == "succeeded"
    assert app.get(f"{TASKS}/{failed.id}").json()["result_state"] == "available"


def test_it_is_looked_for_once(failed: EmojiTask) -> None:
    sweep(DAY + HOUR)
    backends.photo_store().write(clip_of(failed), b"a clip", content_type="image/webp")
    sweep(DAY + 2 * HOUR)
    assert is_stored(clip_of(failed))
