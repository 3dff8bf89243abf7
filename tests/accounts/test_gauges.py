"""An account that should be forgotten, and is not, is told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts import deletion, erasure
from apps.accounts.models import AccountDeletion, User
from apps.accounts.tasks import carry_out_deletions
from tests.scrape import scrape

LATE = "pk_erasure_late_seconds"


def refuses(_: int) -> bool:
    raise ConnectionError("away")


def test_nothing_is_late_before_its_time_or_once_it_was_undone(user: User) -> None:
    deletion.schedule(user.id, "")
    assert scrape().value(LATE) == 0
    deletion.cancel(user.id)
    AccountDeletion.objects.update(due_at=timezone.now() - timedelta(days=1))
    assert scrape().value(LATE) == 0


def test_one_is_late_until_each_part_is_done(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    deletion.schedule(user.id, "")
    due_at = timezone.now() - timedelta(days=1)
    AccountDeletion.objects.update(due_at=due_at, next_try_at=due_at)
    with monkeypatch.context() as away:
        away.setattr(erasure, "parts", lambda: {"one that fails": refuses})
        carry_out_deletions()
    assert scrape().value(LATE) == pytest.approx(24 * 3600, abs=60)
    AccountDeletion.objects.update(next_try_at=due_at)
    carry_out_deletions()
    assert scrape().value(LATE) == 0
