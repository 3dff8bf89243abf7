"""Who was left for a balance that had drifted gets the week's reward once it is repaired."""

from collections.abc import Callable

import pytest

from apps.accounts import vip
from apps.accounts.models import User
from apps.accounts.vip import Vip
from apps.points import ledger, left_rewards, repair, weekly_reward
from apps.points.models import UserPoints, WeeklyRewardRun
from apps.points.reward_week import named
from tests.past_the_ledger import past_the_ledger

WEEK = named("2026-W48")


@pytest.fixture
def left(user: User, give_points: Callable[..., None]) -> User:
    vip.write(user.id, Vip(is_lifetime=True))
    give_points(user, 100)
    with past_the_ledger():
        UserPoints.objects.filter(user=user).update(granted=5)
    grant()
    return user


def grant() -> None:
    for _ in weekly_reward.grant(WEEK):
        pass


def test_before_the_repair_nothing_is_given_and_each_run_tells_so(left: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    grant()
    assert [record.levelname for record in caplog.records if str(left.id) in record.getMessage()] == ["ERROR"]
    assert (ledger.balance(left.id), left_rewards.users(WEEK)) == (105, [left.id])


def test_the_first_run_after_the_repair_gives_it_once(left: User, staff: User) -> None:
    repair.explain_drift(left.id, staff_id=staff.id, reason="A test")
    grant()
    grant()
    run = WeeklyRewardRun.objects.get()
    assert (ledger.balance(left.id), run.granted, run.left_user_ids) == (3105, 1, [])


def test_who_is_gone_meanwhile_gets_nothing(left: User, staff: User) -> None:
    repair.explain_drift(left.id, staff_id=staff.id, reason="A test")
    User.objects.filter(id=left.id).update(is_active=False)
    grant()
    assert (ledger.balance(left.id), left_rewards.users(WEEK)) == (105, [])


def test_a_reward_that_is_told_late_waits_too(user: User, give_points: Callable[..., None], staff: User) -> None:
    give_points(user, 100)
    with past_the_ledger():
        UserPoints.objects.filter(user=user).update(granted=5)
    assert weekly_reward.grant_late(WEEK, [(user.id, False)]) == 0
    repair.explain_drift(user.id, staff_id=staff.id, reason="A test")
    assert (left_rewards.grant(WEEK), ledger.balance(user.id)) == (1, 2105)
