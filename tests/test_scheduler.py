"""Beat sends each job in its time, whatever happened to the clock of its machine."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from pickitchen.celery import app
from pickitchen.scheduler import Scheduler

# Beat closes connections whose time is over, and commits.
pytestmark = pytest.mark.django_db(transaction=True)
YEAR = timedelta(days=365)
SWEEP = "apps.emoji.tasks.ring_due"
DAILY = "apps.core.tasks.check_invariants"


@pytest.fixture
def sent() -> Iterator[Counter[str]]:
    """How often beat has sent each job."""
    counted: Counter[str] = Counter()
    with mock.patch.object(Scheduler, "apply_async", lambda _, entry, **__: counted.update([entry.task])):
        yield counted


def beat() -> Scheduler:
    made = Scheduler(app=app)
    # At the end of this process there is nothing to store.
    made._finalize.cancel()
    return made


def ticks_at(scheduler: Scheduler, moment: object) -> None:
    """As often as there is something to send."""
    with time_machine.travel(moment, tick=False):  # type: ignore[arg-type]  # a moment is one of many things
        while not scheduler.tick():
            pass


@pytest.fixture
def scheduler(sent: Counter[str]) -> Scheduler:
    """Whose clock has been a year ahead for a while."""
    scheduler = beat()
    for minutes in (0, 1, 2):
        ticks_at(scheduler, timezone.now() + YEAR + timedelta(minutes=minutes))
    scheduler.sync()
    assert sent[SWEEP] > 1
    sent.clear()
    return scheduler


def test_it_goes_on_when_a_clock_that_was_ahead_is_put_right(scheduler: Scheduler, sent: Counter[str]) -> None:
    now = timezone.now()
    for minutes in (0, 1, 2):
        ticks_at(scheduler, now + timedelta(minutes=minutes))
    assert sent[SWEEP] >= 2


def test_it_goes_on_although_it_was_started_anew_meanwhile(scheduler: Scheduler, sent: Counter[str]) -> None:
    assert PeriodicTask.objects.get(task=SWEEP).last_run_at > timezone.now() + YEAR / 2
    anew, now = beat(), timezone.now()
    for minutes in (0, 1, 2):
        ticks_at(anew, now + timedelta(minutes=minutes))
    assert sent[SWEEP] >= 2


def test_a_daily_job_has_its_hour_again(scheduler: Scheduler, sent: Counter[str]) -> None:
    half_past_three = (timezone.now() + timedelta(days=1)).replace(hour=3, minute=30, second=0, microsecond=0)
    # What a first look makes up for, should this test run shortly after midnight.
    ticks_at(scheduler, half_past_three + timedelta(minutes=1))
    sent.clear()
    for minutes in (-60, -30, -1, 1):
        ticks_at(scheduler, half_past_three + timedelta(days=1, minutes=minutes))
    assert sent[DAILY] == 1
