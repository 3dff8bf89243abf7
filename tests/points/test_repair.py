"""A balance that somebody wrote past the ledger is found, explained by new rows, and then holds."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from apps.accounts.models import Device, User
from apps.points import ledger, repair
from apps.points.ledger import Bucket
from apps.points.models import PointTransaction, UserPoints
from tests.past_the_ledger import past_the_ledger


def say(*arguments: str) -> str:
    out = StringIO()
    call_command("repair_points", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def drifted(user: User, give_points: Callable[..., None]) -> User:
    """30 granted points too many, 20 bought ones too few."""
    give_points(user, 100)
    give_points(user, 50, Bucket.GRANTED)
    with past_the_ledger():
        UserPoints.objects.filter(user=user).update(granted=80, purchased=80)
    return user


def test_a_sound_balance_is_left_alone(user: User, give_points: Callable[..., None]) -> None:
    give_points(user, 100)
    assert say() == "0 drifted balances; nothing was changed\n"


def test_a_drift_is_told_and_nothing_changed(drifted: User) -> None:
    told = say()
    assert f"user {drifted.id}: the ledger lacks -20 purchased, the ledger lacks +30 granted" in told
    assert PointTransaction.objects.count() == 2


@pytest.mark.parametrize("bucket", Bucket)
def test_a_drift_of_one_bucket_is_enough(user: User, give_points: Callable[..., None], bucket: Bucket) -> None:
    give_points(user, 100)
    with past_the_ledger():
        UserPoints.objects.filter(user=user).update(**{bucket: F(bucket) + 7})
    assert repair.drifted_users() == [user.id]
    assert repair.described(user.id) == f"the ledger lacks +7 {bucket}"


@pytest.mark.parametrize("bucket", Bucket)
def test_points_of_whom_the_ledger_does_not_know_are_told_and_explained(
    drifted: User, staff: User, new_device: Callable[[], Device], bucket: Bucket
) -> None:
    other = new_device().user
    with past_the_ledger():
        UserPoints.objects.create(user=other, **{bucket: 7})
    assert repair.drifted_users() == sorted([drifted.id, other.id])
    assert repair.described(other.id) == f"the ledger lacks +7 {bucket}"
    assert [row.amount for row in repair.explain_drift(other.id, staff_id=staff.pk, reason="A test")] == [7]


def test_applied_it_appends_rows_and_a_second_time_none(drifted: User, staff: User) -> None:
    assert "appended +30, -20" in say("--apply", "--staff", "boss")
    call_command("check_invariants", stdout=StringIO())
    points = UserPoints.objects.get(user=drifted)
    assert (points.granted, points.purchased) == (80, 80)
    assert PointTransaction.objects.filter(staff=staff, kind="adjustment").count() == 2
    assert "0 drifted balances" in say("--apply", "--staff", "boss")


def test_anothers_sound_balance_is_neither_told_nor_counted(
    drifted: User, staff: User, new_device: Callable[[], Device], give_points: Callable[..., None]
) -> None:
    give_points(new_device().user, 1000)
    assert repair.drifted_users() == [drifted.id]
    assert "appended +30, -20" in say("--apply", "--staff", "boss")


@pytest.fixture
def robbed(user: User, give_points: Callable[..., None]) -> User:
    """Of three rows of 10 points one is gone."""
    for _ in range(3):
        give_points(user, 10)
    with past_the_ledger():
        PointTransaction.objects.filter(user=user, sequence=2).delete()
    return user


def test_whose_rows_are_missing_is_left_alone_and_holds_up_nobody(
    robbed: User, staff: User, new_device: Callable[[], Device]
) -> None:
    other = new_device().user
    with past_the_ledger():
        UserPoints.objects.create(user=other, purchased=0, granted=80, last_sequence=0)
    assert f"user {robbed.id}: the ledger lacks +10 purchased, and has 2 of 3 rows" in say()
    with pytest.raises(CommandError, match=f"put the rows of {robbed.id} back from a backup"):
        say("--apply", "--staff", "boss")
    assert repair.drifted_users() == [robbed.id]
    assert PointTransaction.objects.filter(user=other).count() == 1


def test_the_ledger_goes_on_from_there(drifted: User, staff: User) -> None:
    say("--apply", "--staff", "boss")
    assert ledger.charge(drifted.id, 160, reference="emoji_task:1", title="Emoji").balance_after == 0
    assert repair.drifted_users() == []


@pytest.mark.parametrize("name", [[], ["--staff", "nobody"]], ids=["nobody", "unknown"])
def test_somebody_answers_for_it(drifted: User, name: list[str]) -> None:
    with pytest.raises(CommandError, match="--staff"):
        say("--apply", *name)
