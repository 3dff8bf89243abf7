"""Every VIP gets the week's reward once, however often and whenever it is granted."""

import threading
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts import vip
from apps.accounts.models import Device, User
from apps.accounts.vip import Vip
from apps.points import expiry, ledger, repair, reward_week, tasks, weekly_reward
from apps.points.models import GrantLot, PointTransaction, UserPoints, WeeklyRewardRun
from apps.points.reward_week import named
from tests import held_up
from tests.conftest import at, our_clock_at
from tests.past_the_ledger import past_the_ledger

WEEK = named("2026-W48")
SUNDAY_ONE = WEEK.due_at + timedelta(hours=1)


@pytest.fixture
def new_vip(db: None, new_device: Callable[[], Device]) -> Callable[..., User]:
    def make(*, days: float = 7, lifetime: bool = False) -> User:
        user = new_device().user
        vip.write(user.id, Vip(WEEK.due_at + timedelta(days=days), lifetime))
        return user

    return make


def balance(user: User) -> int:
    points = UserPoints.objects.filter(user=user).first()
    return int(points.balance) if points else 0


def grant() -> None:
    for _ in weekly_reward.grant(WEEK):
        pass


def test_each_vip_gets_the_reward_of_their_plan_as_granted_points(new_vip: Callable[..., User]) -> None:
    weekly, lifetime = new_vip(), new_vip(lifetime=True)
    grant()
    assert (balance(weekly), balance(lifetime)) == (2000, 3000)
    row = PointTransaction.objects.get(user=weekly)
    assert (row.kind, row.granted_amount, row.balance_after, row.reward_week) == (
        "weekly_reward",
        2000,
        2000,
        "2026-W48",
    )


@pytest.mark.usefixtures("one_day")
def test_a_worker_whose_clock_is_ahead_gives_nothing_before_it_is_due(user: User) -> None:
    vip.write(user.id, Vip(is_lifetime=True))
    due = reward_week.due(timezone.now())
    with our_clock_at(due.next.due_at + timedelta(hours=1)):
        tasks.grant_weekly_reward()
    assert set(PointTransaction.objects.values_list("reward_week", flat=True)) == {due.label}


def test_who_is_no_vip_at_the_due_time_gets_nothing(new_vip: Callable[..., User], user: User) -> None:
    expired, suspended = new_vip(days=0), new_vip()
    User.objects.filter(id=suspended.id).update(is_active=False)
    grant()
    assert (balance(user), balance(expired), balance(suspended)) == (0, 0, 0)


def test_who_expired_between_the_due_time_and_a_late_run_gets_it(new_vip: Callable[..., User]) -> None:
    soon_over = new_vip(days=0.5)
    with at(WEEK.due_at + timedelta(days=1)):
        tasks.grant_weekly_reward()
    assert balance(soon_over) == 2000


def test_it_is_added_to_what_is_there(new_vip: Callable[..., User], give_points: Callable[..., None]) -> None:
    rich = new_vip()
    give_points(rich, 70)
    grant()
    points = UserPoints.objects.get(user=rich)
    assert (points.purchased, points.granted) == (70, 2000)
    assert PointTransaction.objects.get(user=rich, kind="weekly_reward").balance_after == 2070


def test_rewards_may_be_configured_to_expire(new_vip: Callable[..., User], settings: Any, tmp_path: Any) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"weekly_reward": {"weekly": 2000, "lifetime": 3000, "expires_after_days": 14}}')
    settings.REMOTE_CONFIG_FILE = str(file)
    user = new_vip()
    grant()
    grant()
    lot = GrantLot.objects.get()
    assert (lot.user, lot.remaining, lot.expires_at) == (user, 2000, WEEK.due_at + timedelta(days=14))
    assert expiry.expire_due(WEEK.due_at + timedelta(days=15)) == 2000
    assert balance(user) == 0


def test_granting_again_gives_nothing(new_vip: Callable[..., User]) -> None:
    user = new_vip()
    grant()
    WeeklyRewardRun.objects.update(completed_at=None, last_user_id=0)
    grant()
    assert balance(user) == 2000


def test_a_finished_week_stays_finished_for_those_who_become_vip_later(new_vip: Callable[..., User]) -> None:
    grant()
    late = new_vip()
    grant()
    assert balance(late) == 0


def test_a_run_that_was_stopped_goes_on_where_it_was(
    new_vip: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weekly_reward, "BATCH", 2)
    users = [new_vip() for _ in range(5)]
    next(weekly_reward.grant(WEEK))
    assert [balance(user) for user in users] == [2000, 2000, 0, 0, 0]
    assert [progress.seen for progress in weekly_reward.grant(WEEK)] == [2, 3]
    assert [balance(user) for user in users] == [2000] * 5
    run = WeeklyRewardRun.objects.get()
    assert run.granted == 5
    assert run.completed_at is not None


def test_nobody_is_passed_over_whose_row_has_changed_last(
    new_vip: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weekly_reward, "BATCH", 1)
    users = [new_vip() for _ in range(3)]
    User.objects.filter(id=users[0].id).update(nickname="Ann")
    grant()
    assert [balance(user) for user in users] == [2000] * 3


def test_a_run_is_of_its_week_alone(new_vip: Callable[..., User]) -> None:
    earlier = WeeklyRewardRun.objects.create(week="2026-W47")
    new_vip()
    grant()
    earlier.refresh_from_db()
    assert (earlier.last_user_id, earlier.granted, earlier.completed_at) == (0, 0, None)
    assert weekly_reward.completed_at(named("2026-W47")) is None
    assert weekly_reward.completed_at(WEEK)


def test_the_slower_of_two_runs_does_not_take_the_other_back(
    new_vip: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weekly_reward, "BATCH", 2)
    users = [new_vip() for _ in range(5)]
    slow = weekly_reward.grant(WEEK)
    next(slow)
    assert [progress.granted for progress in weekly_reward.grant(WEEK)] == [2, 3]
    next(slow)
    run = WeeklyRewardRun.objects.get()
    assert (run.last_user_id, run.granted) == (users[-1].id, 5)


@pytest.mark.parametrize("hours", [1, 13, 33, 160], ids=["in time", "Sunday 13:00", "Monday", "Saturday"])
def test_however_late_beat_comes_the_week_is_the_one_that_was_due(new_vip: Callable[..., User], hours: int) -> None:
    user = new_vip(days=30)
    with at(WEEK.due_at + timedelta(hours=hours)):
        tasks.grant_weekly_reward()
        tasks.grant_weekly_reward()
    assert list(PointTransaction.objects.values_list("user", "reward_week")) == [(user.id, "2026-W48")]


def test_over_new_year_each_of_the_weeks_is_granted_once(new_vip: Callable[..., User]) -> None:
    new_vip(days=60)
    for day in ("2026-12-27", "2026-12-31", "2027-01-03", "2027-01-09", "2027-01-10"):
        with at(f"{day}T13:00:00Z"):
            tasks.grant_weekly_reward()
    weeks = PointTransaction.objects.order_by("id").values_list("reward_week", flat=True)
    assert list(weeks) == ["2026-W52", "2026-W53", "2027-W01"]


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_give_nothing_twice(new_vip: Callable[..., User], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weekly_reward, "BATCH", 3)
    users = [new_vip() for _ in range(20)]
    start = threading.Barrier(2)
    broken: list[Exception] = []

    def run() -> None:
        start.wait()
        try:
            grant()
        except Exception as error:
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    assert [balance(user) for user in users] == [2000] * 20
    assert PointTransaction.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_who_is_spending_at_that_moment_gets_it_too(
    new_vip: Callable[..., User], give_points: Callable[..., None]
) -> None:
    busy = new_vip()
    give_points(busy, 300)
    with transaction.atomic():
        ledger.charge(busy.id, 200, reference="emoji_task:1", title="Emoji")
        done = held_up.by_us(grant)
    done.result()
    assert balance(busy) == PointTransaction.objects.get(kind="weekly_reward").balance_after == 2100


class TestOfADriftedBalance:
    @pytest.fixture
    def drifted(self, new_vip: Callable[..., User], give_points: Callable[..., None]) -> User:
        """Five points more than the ledger knows."""
        user = new_vip(days=30)
        give_points(user, 100)
        with past_the_ledger():
            UserPoints.objects.filter(user=user).update(granted=5)
        return user

    def test_the_others_of_the_batch_get_theirs(self, drifted: User, new_vip: Callable[..., User]) -> None:
        weekly, lifetime = new_vip(), new_vip(lifetime=True)
        grant()
        assert (balance(drifted), balance(weekly), balance(lifetime)) == (105, 2000, 3000)
        run = WeeklyRewardRun.objects.get()
        assert (run.granted, run.left_user_ids) == (2, [drifted.id])

    def test_whose_is_left_is_told(self, drifted: User, caplog: pytest.LogCaptureFixture) -> None:
        grant()
        (line,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        assert str(drifted.id) in line

    def test_what_else_the_database_refuses_ends_the_run(self, new_vip: Callable[..., User]) -> None:
        new_vip()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "ALTER TABLE points_pointtransaction ADD CONSTRAINT no_more CHECK (kind <> 'weekly_reward') NOT VALID"
            )
        with pytest.raises(IntegrityError, match="no_more"):
            grant()

    def test_who_becomes_vip_meanwhile_gets_nothing(self, drifted: User, new_vip: Callable[..., User]) -> None:
        grant()
        late = new_vip()
        grant()
        assert balance(late) == 0

    def test_of_a_week_that_is_over_it_is_given_by_hand(self, drifted: User, staff: User) -> None:
        grant()
        out = StringIO()
        with at(WEEK.due_at + timedelta(days=10)):
            call_command("grant_weekly_reward", "--week", WEEK.label, stdout=out)
            assert f"left until their balances are repaired: {drifted.id}" in out.getvalue()
            repair.explain_drift(drifted.id, staff_id=staff.id, reason="A test")
            call_command("grant_weekly_reward", "--week", WEEK.label, stdout=out)
            assert "granted to 1" in out.getvalue()
            call_command("grant_weekly_reward", "--week", WEEK.label, stdout=out)
            assert "was done at" in out.getvalue()
        assert balance(drifted) == 2105


class TestCommand:
    def say(self, *arguments: str) -> str:
        out = StringIO()
        call_command("grant_weekly_reward", *arguments, stdout=out)
        return out.getvalue()

    def test_tells_and_grants(self, new_vip: Callable[..., User]) -> None:
        user = new_vip()
        with at(SUNDAY_ONE):
            assert "2026-W48: 1 VIPs have not got it yet" in self.say("--dry-run")
            assert balance(user) == 0
            assert "granted to 1" in self.say()
            assert "2026-W48: 0 VIPs have not got it yet" in self.say("--dry-run")
            assert "was done at" in self.say()
        assert balance(user) == 2000

    @pytest.mark.parametrize("week", ["2026-48", "2099-W01"])
    def test_refuses_what_is_no_week_or_not_due(self, db: None, week: str) -> None:
        with pytest.raises(CommandError):
            self.say("--week", week)


def test_beat_grants_it_every_hour(settings: Any) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["points: grant the weekly reward"]
    assert entry["task"] == tasks.grant_weekly_reward.name
    assert len(entry["schedule"].hour) == 24
