"""What users have paid for is done however long its message had to wait behind others."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.conf import settings

from apps.accounts import tasks as accounts
from apps.billing.bell import Bell
from apps.emoji import tasks as emoji
from pickitchen.celery import app
from pickitchen.scheduler import Scheduler

USERS_WAIT_FOR = {
    "apps.emoji.tasks.advance",
    "apps.emoji.tasks.look_up",
    "apps.billing.tasks.process_waiting_events",
    "apps.accounts.tasks.build_export",
}
OURS = {str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()}


@pytest.fixture
def expiry() -> Iterator[dict[str, Any]]:
    """Of what is sent, by name."""
    found: dict[str, Any] = {}

    def note(sender: str, headers: dict[str, Any], **_: Any) -> None:
        found[sender] = headers["expires"]

    before_task_publish.connect(note)
    yield found
    before_task_publish.disconnect(note)


def test_what_users_wait_for_does_not_expire_in_the_queue(expiry: dict[str, Any]) -> None:
    emoji.ring(1)
    emoji.look_up.delay("an account")
    accounts.ring_export(1)
    Bell().ring()
    assert expiry == dict.fromkeys(USERS_WAIT_FOR)


@pytest.mark.django_db(transaction=True)
def test_what_the_next_tick_does_as_well_expires() -> None:
    scheduled = Scheduler(app=app).schedule.values()
    assert {entry.task for entry in scheduled if "expires" not in entry.options} & OURS == {
        "apps.billing.tasks.process_waiting_events"
    }
    assert len(OURS & {entry.task for entry in scheduled}) == len(settings.CELERY_BEAT_SCHEDULE)
