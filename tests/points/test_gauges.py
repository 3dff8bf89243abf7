"""A ledger that does not prove its balances, and a reward that was not given, are told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts import vip
from apps.accounts.models import User
from apps.accounts.vip import Vip
from apps.core import tasks
from apps.points import reward_week, weekly_reward
from tests.past_the_ledger import past_the_ledger
from tests.scrape import scrape

pytestmark = pytest.mark.django_db


def test_a_sound_ledger_has_no_drift_once_it_was_looked_at(user: User, give_points: Callable[..., None]) -> None:
    give_points(user, 300)
    assert not scrape().has("pk_ledger_drift_users")
    tasks.check_invariants()
    told = scrape()
    assert told.value("pk_ledger_drift_users") == told.value("pk_invariants_broken") == 0
    assert told.value("pk_invariants_checked_timestamp") > (timezone.now() - timedelta(minutes=1)).timestamp()


def test_a_balance_that_its_rows_do_not_prove_is_drift(user: User, give_points: Callable[..., None]) -> None:
    give_points(user, 300)
    with past_the_ledger() as cursor:
        cursor.execute("UPDATE points_userpoints SET granted = granted + 5")
    tasks.check_invariants()
    told = scrape()
    assert (told.value("pk_ledger_drift_users"), told.value("pk_invariants_broken")) == (1, 1)


@pytest.mark.usefixtures("one_day")
def test_the_weeks_reward_is_late_until_it_was_given() -> None:
    week = reward_week.due(timezone.now())
    before = scrape()
    assert before.value("pk_weekly_reward_last_success_timestamp") == 0
    assert before.value("pk_weekly_reward_late_seconds") == pytest.approx(
        (timezone.now() - week.due_at).total_seconds(), abs=60
    )
    list(weekly_reward.grant(week))
    after = scrape()
    assert after.value("pk_weekly_reward_last_success_timestamp") > 0
    assert after.value("pk_weekly_reward_late_seconds") == 0


@pytest.mark.usefixtures("one_day")
def test_it_is_late_as_long_as_somebody_was_left(user: User, give_points: Callable[..., None]) -> None:
    vip.write(user.id, Vip(is_lifetime=True))
    give_points(user, 300)
    with past_the_ledger() as cursor:
        cursor.execute("UPDATE points_userpoints SET granted = granted + 5")
    list(weekly_reward.grant(reward_week.due(timezone.now())))
    assert scrape().value("pk_weekly_reward_late_seconds") > 0
