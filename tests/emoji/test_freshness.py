"""An app is told of a change soon, and of nothing else."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone
from rest_framework.test import APIClient

from apps.emoji import freshness
from apps.emoji.models import EmojiTask
from tests.emoji.conftest import TASKS

OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


@pytest.fixture(autouse=True)
def no_seat_is_taken() -> Iterator[None]:
    freshness._seats.cache_clear()
    yield
    freshness._seats.cache_clear()


@pytest.fixture
def one_link_period(monkeypatch: pytest.MonkeyPatch) -> None:
    """No half of a link's life ends in the middle of a test."""
    monkeypatch.setattr(freshness, "LINK_LIFETIME", timedelta(days=365_000))


@pytest.fixture
def nobody_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(seconds: float) -> None:
        raise AssertionError("this answer was to come at once")

    monkeypatch.setattr(time, "sleep", refuse)


def path_of(task: EmojiTask) -> str:
    return f"{TASKS}/{task.id}"


def change(**changes: Any) -> None:
    EmojiTask.objects.update(version=F("version") + 1, **changes)


class TestEtag:
    @pytest.mark.usefixtures("one_link_period")
    def test_who_has_this_version_is_told_304(self, app: APIClient, task: EmojiTask) -> None:
        first = app.get(path_of(task))
        second = app.get(path_of(task), headers={"If-None-Match": first["ETag"]})
        assert first["ETag"].startswith('W/"')
        assert first["Cache-Control"] == second["Cache-Control"] == "private, no-cache"
        assert (second.status_code, second.content) == (304, b"")

    def test_another_version_is_sent_whole(self, app: APIClient, task: EmojiTask) -> None:
        first = app.get(path_of(task))
        change()
        second = app.get(path_of(task), headers={"If-None-Match": first["ETag"]})
        assert (second.status_code, second.json()["version"]) == (200, 2)

    @pytest.mark.usefixtures("one_link_period")
    def test_it_is_sent_whole_in_another_language(self, app: APIClient, task: EmojiTask) -> None:
        has = {"If-None-Match": app.get(path_of(task))["ETag"]}
        assert app.get(path_of(task), headers={**has, "Accept-Language": "en-GB"}).status_code == 304
        assert app.get(path_of(task), headers={**has, "Accept-Language": "ja"}).status_code == 200

    def test_links_are_renewed_at_half_of_their_life(self, task: EmojiTask) -> None:
        noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
        half = freshness.LINK_LIFETIME / 2
        second = timedelta(seconds=1)
        assert freshness.etag(task, noon) == freshness.etag(task, noon + half - second)
        assert freshness.etag(task, noon) != freshness.etag(task, noon + half)

    def test_a_result_that_expires_changes_it(self, task: EmojiTask) -> None:
        now = timezone.now()
        task.status, task.completed_at = "succeeded", now - timedelta(days=29)
        before = freshness.etag(task, now)
        task.completed_at = now - timedelta(days=31)
        assert freshness.etag(task, now) != before


@pytest.mark.parametrize(
    ("we_ask_every", "polling", "told"),
    [
        (15, {}, 15_000),
        (1, {}, 3000),
        (15, {"min_ms": 20_000}, 20_000),
        (15, {"max_ms": 5000}, 5000),
    ],
)
def test_the_next_look_comes_neither_sooner_nor_later_than_staff_say(
    app: APIClient,
    task: EmojiTask,
    configure: Callable[..., None],
    settings: Any,
    we_ask_every: int,
    polling: dict[str, int],
    told: int,
) -> None:
    settings.EMOJI_POLL_SECONDS = we_ask_every
    configure(polling=polling)
    assert app.get(path_of(task)).json()["poll_after_ms"] == told


@pytest.mark.usefixtures("nobody_sleeps")
class TestAnswersAtOnce:
    def test_without_wait(self, app: APIClient, task: EmojiTask) -> None:
        answer = app.get(path_of(task))
        assert (answer.status_code, answer.json()["poll_after_ms"] > 0) == (200, True)

    def test_when_the_task_has_ended(self, app: APIClient, task: EmojiTask) -> None:
        change(status="canceled", completed_at=timezone.now())
        answer = app.get(path_of(task), {"wait": 25})
        assert (answer.json()["status"], answer.json()["poll_after_ms"]) == ("canceled", None)

    def test_when_the_app_has_an_older_version(self, app: APIClient, task: EmojiTask) -> None:
        answer = app.get(path_of(task), {"wait": 25}, headers={"If-None-Match": 'W/"0-0"'})
        assert answer.status_code == 200

    def test_when_every_seat_is_taken(self, app: APIClient, task: EmojiTask) -> None:
        with freshness._seats():
            assert app.get(path_of(task), {"wait": 25}).status_code == 200

    @pytest.mark.parametrize("wait", ["26", "-1", "soon", "1.5"])
    def test_with_422_when_it_may_not_wait_so_long(self, app: APIClient, task: EmojiTask, wait: str) -> None:
        answer = app.get(path_of(task), {"wait": wait})
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")

    def test_with_404_for_an_unknown_task(self, app: APIClient) -> None:
        assert app.get(f"{TASKS}/1", {"wait": 25}).json()["code"] == "task_not_found"


@pytest.mark.django_db(transaction=True)
class TestWaiting:
    @pytest.fixture
    def asked(self, app: APIClient, task: EmojiTask) -> Callable[..., tuple[threading.Thread, list[Any]]]:
        """A request that is under way in another thread, and where its answer will be."""

        def ask(wait: int, **headers: str) -> tuple[threading.Thread, list[Any]]:
            answers: list[Any] = []

            def request() -> None:
                answers.append(app.get(path_of(task), {"wait": wait}, headers=headers))
                connection.close()

            thread = threading.Thread(target=request)
            thread.start()
            return thread, answers

        return ask

    def test_a_change_is_told_before_the_time_is_over(self, asked: Any) -> None:
        thread, answers = asked(25)
        until_somebody_waits()
        assert answers == []
        change(status="processing")
        thread.join()
        assert (answers[0].status_code, answers[0].json()["status"]) == (200, "processing")

    def test_who_waits_holds_no_database_connection(self, asked: Any) -> None:
        thread, answers = asked(25)
        until_somebody_waits()
        until(lambda: connections_of_others() == 0)
        assert (answers, thread.is_alive()) == ([], True)
        change()
        thread.join()
        assert answers[0].status_code == 200

    @pytest.mark.usefixtures("one_link_period")
    def test_without_a_change_who_has_this_version_is_told_304(self, app: APIClient, task: EmojiTask) -> None:
        etag = app.get(path_of(task))["ETag"]
        answer = app.get(path_of(task), {"wait": 1}, headers={"If-None-Match": etag})
        assert answer.status_code == 304

    def test_without_a_change_everybody_else_gets_the_task(self, app: APIClient, task: EmojiTask) -> None:
        answer = app.get(path_of(task), {"wait": 1})
        assert (answer.status_code, answer.json()["version"]) == (200, 1)

    def test_a_seat_is_free_again_afterwards(self, app: APIClient, task: EmojiTask) -> None:
        app.get(path_of(task), {"wait": 1})
        assert freshness._seats().acquire(blocking=False)


def until_somebody_waits() -> None:
    until(lambda: freshness._seats()._value == 0)


def connections_of_others() -> int:
    with connection.cursor() as cursor:
        cursor.execute(OTHERS)
        return int(cursor.fetchone()[0])


def until(happens: Callable[[], bool]) -> None:
    """The suite's own time limit ends it."""
    while not happens():
        time.sleep(0.01)
