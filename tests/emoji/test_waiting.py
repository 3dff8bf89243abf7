"""Who is next, and what the app can tell of the time until the clip."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some

from apps.accounts import vip
from apps.accounts.models import User
from apps.accounts.vip import Vip
from apps.emoji import submission, waiting
from apps.emoji.models import EmojiTask, EmojiTemplate
from apps.emoji.submission import Wish
from apps.emoji.waiting import QueuePlace, Took, expected, left_of_a_begun_one, queue_place, took
from tests.conftest import at
from tests.emoji.conftest import another

NOON = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
MINUTE = timedelta(minutes=1)


class TestTurns:
    @pytest.fixture
    def order(
        self, task: EmojiTask, user: User, template: EmojiTemplate, give_points: Any, settings: Any, configure: Any
    ) -> Any:
        """Order an emoji so many minutes after noon, as VIP or not; its id."""
        many = {"active": 1000, "daily": 1000}
        configure(task_limits={"free": many, "vip": many})
        settings.EMOJI_VIP_HEAD_START_SECONDS = 1800
        give_points(user, 100_000)
        upload = task.upload
        EmojiTask.objects.all().delete()

        def order(minutes: int, is_vip: bool) -> int:
            vip.write(user.id, Vip(is_lifetime=is_vip))
            made = submission.submit(user.id, Wish(template, upload, "")).task
            # The turn is by the database's clock, which no test can move.
            made.refresh_from_db()
            lead: timedelta = made.created_at - made.turn_at
            EmojiTask.objects.filter(id=made.id).update(turn_at=NOON + minutes * MINUTE - _whole_minutes(lead))
            return int(made.id)

        return order

    def in_turn(self) -> list[int]:
        return list(EmojiTask.objects.waiting().values_list("id", flat=True))

    def test_a_vip_goes_before_those_that_were_a_little_earlier(self, order: Any) -> None:
        earlier, later = order(0, False), order(20, True)
        assert self.in_turn() == [later, earlier]

    def test_who_has_waited_longer_than_the_lead_goes_before_any_vip(self, order: Any) -> None:
        patient = order(0, False)
        crowd = [order(31 + number, True) for number in range(5)]
        assert self.in_turn() == [patient, *crowd]

    def test_among_equals_the_first_comes_first(self, order: Any) -> None:
        free = [order(0, False), order(1, False)]
        vips = [order(2, True), order(3, True)]
        assert self.in_turn() == vips + free


def _whole_minutes(lead: timedelta) -> timedelta:
    return timedelta(minutes=round(lead.total_seconds() / 60))


class TestExpected:
    def test_with_a_free_place_it_takes_as_long_as_usual(self) -> None:
        assert expected(1, free=1, places=2, took=Took(60, 60)) == QueuePlace(1, 60, 60)

    def test_each_one_before_it_takes_its_share_of_the_places(self) -> None:
        assert expected(4, free=0, places=2, took=Took(60, 60)).eta_seconds == 180

    def test_it_begins_when_those_before_it_have_had_their_places(self) -> None:
        assert expected(1, free=1, places=2, took=Took(60, 60)).begins_in_seconds == 0
        assert expected(4, free=0, places=2, took=Took(60, 60)).begins_in_seconds == 120

    def test_no_place_is_taken_for_longer_than_the_deadline(self, settings: Any) -> None:
        settings.EMOJI_DEADLINE_SECONDS = 1800
        assert expected(4, free=0, places=2, took=Took(40_000, 40_000)).begins_in_seconds == 3600

    def test_the_high_number_is_what_nine_of_ten_took(self) -> None:
        told = expected(1, free=1, places=1, took=took([float(second) for second in range(1, 101)]))
        assert (told.eta_seconds, told.eta_high_seconds) == (51, 91)
        assert took([7.0]) == Took(7, 7)

    def test_a_begun_one_has_less_before_it(self) -> None:
        assert left_of_a_begun_one(40, Took(60, 60)) == QueuePlace(None, 20, 20)
        assert left_of_a_begun_one(400, Took(60, 60)) == QueuePlace(None, 1, 1)

    @given(
        some.integers(1, 9000),
        some.integers(0, 100),
        some.integers(0, 100),
        some.lists(some.floats(0.1, 5000), min_size=1, max_size=50),
    )
    def test_the_next_position_never_waits_less(
        self, position: int, free: int, places: int, durations: list[float]
    ) -> None:
        here = expected(position, free, places, took(durations))
        behind = expected(position + 1, free, places, took(durations))
        assert 0 < here.eta_seconds <= here.eta_high_seconds
        assert here.eta_seconds <= behind.eta_seconds
        assert here.eta_high_seconds <= behind.eta_high_seconds


class TestQueuePlace:
    def finished(self, task: EmojiTask, seconds: int, moment: datetime = NOON) -> None:
        result = {"result_key": "key", "result_size": 1, "result_sha256": "x"}
        ended = moment + timedelta(seconds=seconds)
        another(task, status="succeeded", started_at=moment, completed_at=ended, **result)

    def test_is_counted_in_turn(self, task: EmojiTask, guarded_dashscope: Any) -> None:
        for number in (1, 2):
            another(task, turn_at=task.turn_at - number * MINUTE)
        another(task, turn_at=task.turn_at + MINUTE)
        place = queue_place(task)
        assert place is not None
        assert place.position == 3

    def test_is_measured_on_those_that_were_finished_last(self, task: EmojiTask, guarded_dashscope: Any) -> None:
        for seconds in (100, 200, 300):
            self.finished(task, seconds)
        place = queue_place(task)
        assert place is not None
        assert place.eta_seconds == 200

    def test_what_failed_tells_nothing_of_it(self, task: EmojiTask, guarded_dashscope: Any) -> None:
        self.finished(task, 100)
        ended = {"started_at": NOON, "completed_at": NOON + timedelta(seconds=1)}
        another(task, status="failed", error_code="photo_no_face", **ended)
        place = queue_place(task)
        assert place is not None
        assert place.eta_seconds == 100

    def test_what_took_long_before_the_last_ones_is_forgotten(
        self, task: EmojiTask, guarded_dashscope: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(waiting, "LAST", 2)
        for hours, seconds in enumerate((900, 100, 100)):
            self.finished(task, seconds, NOON + timedelta(hours=hours))
        place = queue_place(task)
        assert place is not None
        assert place.eta_seconds == 100

    def test_before_anything_was_measured_the_settings_say_it(
        self, task: EmojiTask, guarded_dashscope: Any, settings: Any
    ) -> None:
        settings.EMOJI_USUAL_SECONDS = 77.0
        assert queue_place(task) == QueuePlace(1, 77, 77)

    def test_a_begun_task_has_no_position(self, task: EmojiTask, settings: Any) -> None:
        settings.EMOJI_USUAL_SECONDS = 60.0
        with at(NOON):
            task.status, task.started_at = "processing", NOON - 20 * timedelta(seconds=1)
            assert queue_place(task) == QueuePlace(None, 40, 40)

    def test_a_task_that_has_ended_waits_for_nothing(self, task: EmojiTask) -> None:
        task.status = "failed"
        assert queue_place(task) is None

    def test_needs_few_queries_however_long_the_queue_is(
        self, task: EmojiTask, guarded_dashscope: Any, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(30):
            another(task, turn_at=task.turn_at - number * MINUTE)
        with django_assert_max_num_queries(4):
            queue_place(task)

    def test_the_app_is_told(self, task: EmojiTask, app: Any, settings: Any) -> None:
        settings.EMOJI_USUAL_SECONDS = 4.0
        told = app.get(f"/api/v1/emoji/tasks/{task.id}").json()["queue"]
        assert told == {"position": 1, "eta_seconds": 4, "eta_high_seconds": 4}


def test_the_lead_is_for_vips_alone(settings: Any) -> None:
    settings.EMOJI_VIP_HEAD_START_SECONDS = 60
    assert (waiting.head_start(True), waiting.head_start(False)) == (MINUTE, timedelta())
