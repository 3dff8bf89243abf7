"""One clock that is wrong does nothing before its time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core import database_clock
from tests.conftest import at, our_clock_at

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def test_it_goes_on_whatever_our_clock_says() -> None:
    first = database_clock.now()
    with our_clock_at(timezone.now() + HOUR):
        second = database_clock.now()
    assert first <= second < first + HOUR


def test_a_clock_of_ours_that_is_ahead_decides_nothing() -> None:
    with our_clock_at(timezone.now() + HOUR):
        assert database_clock.agreed_now() < timezone.now() - HOUR / 2


def test_a_clock_of_the_database_that_is_ahead_decides_nothing() -> None:
    with our_clock_at(timezone.now() - HOUR):
        assert database_clock.agreed_now() < database_clock.now() - HOUR / 2


def test_it_need_not_be_asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_clock, "_answer", database_clock._Answer())
    first = database_clock.about_now()
    with our_clock_at(timezone.now() + HOUR), CaptureQueriesContext(connection) as asked:
        second = database_clock.about_now()
    assert first <= second < first + HOUR
    assert len(asked) == 0


def test_it_is_asked_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = database_clock._Answer(timezone.now() - HOUR, -database_clock.ASKED_EVERY_SECONDS)
    monkeypatch.setattr(database_clock, "_answer", long_ago)
    assert database_clock.about_now() > timezone.now() - HOUR / 2


def test_a_test_that_sets_it_leaves_no_wrong_answer_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_clock, "_answer", database_clock._Answer())
    with at(timezone.now() - HOUR):
        assert database_clock.about_now() < database_clock.agreed_now() + HOUR / 2
    assert database_clock.about_now() > timezone.now() - HOUR / 2
