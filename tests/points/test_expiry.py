"""Granted points whose time is over leave the balance once; bought ones stay."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import Device, User
from apps.points import expiry, ledger, tasks
from apps.points.ledger import Bucket, Kind
from apps.points.models import GrantLot, PointTransaction, UserPoints
from tests import held_up
from tests.conftest import our_clock_at
from tests.past_the_ledger import past_the_ledger

NOW = timezone.now()
YESTERDAY = NOW - timedelta(days=1)


def fill(user: User, end: datetime = YESTERDAY) -> None:
    """50 that expired yesterday, 100 that last, 200 bought."""
    for amount, expires_at in ((50, end), (100, NOW + timedelta(days=9))):
        ledger.credit(
            user.id,
            amount,
            kind=Kind.PROMO,
            bucket=Bucket.GRANTED,
            reference=f"grant:{user.id}:{amount}",
            title="A gift",
            expires_at=expires_at,
        )
    bought = f"order:{user.id}"
    ledger.credit(user.id, 200, kind=Kind.PURCHASE, bucket=Bucket.PURCHASED, reference=bought, title="A pack")


def test_what_has_expired_leaves_by_a_row_of_the_ledger(user: User) -> None:
    fill(user)
    assert expiry.expire_due(NOW) == 50
    row = PointTransaction.objects.get(kind="expiry")
    assert (row.amount, row.granted_amount, row.balance_after, row.title) == (-50, -50, 300, "Expired")
    points = UserPoints.objects.get(user=user)
    assert (points.granted, points.purchased) == (100, 200)


def test_only_what_was_not_spent_can_expire(user: User) -> None:
    fill(user)
    ledger.charge(user.id, 49, reference="emoji_task:1", title="Emoji")
    assert expiry.expire_due(NOW) == 1


def test_each_loses_their_own_and_nothing_that_lasts(user: User, new_device: Callable[[], Device]) -> None:
    fill(user)
    other = new_device().user
    fill(other, YESTERDAY - timedelta(hours=1))
    assert expiry.expire_due(NOW) == 100
    left = GrantLot.objects.order_by("id").values_list("user_id", "remaining")
    assert list(left) == [(user.id, 0), (user.id, 100), (other.id, 0), (other.id, 100)]


def test_a_balance_that_has_drifted_holds_up_nobody_else(
    user: User, new_device: Callable[[], Device], caplog: pytest.LogCaptureFixture
) -> None:
    fill(user, YESTERDAY - timedelta(hours=1))
    fill(new_device().user)
    with past_the_ledger():
        UserPoints.objects.filter(user=user).update(granted=F("granted") + 5)
    assert expiry.expire_due(NOW) == 50
    assert GrantLot.objects.get(user=user, expires_at__lt=NOW).remaining == 50
    assert [record.levelname for record in caplog.records if "could not expire" in record.getMessage()] == ["ERROR"]


def test_lots_of_one_moment_expire_batch_by_batch(
    user: User, new_device: Callable[[], Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner in (user, new_device().user, new_device().user):
        fill(owner)
    monkeypatch.setattr(expiry, "BATCH", 2)
    assert expiry.expire_due(NOW) == 150


def test_what_is_gone_meanwhile_or_has_time_left_does_not_expire(user: User) -> None:
    fill(user)
    ended, lasting = GrantLot.objects.order_by("expires_at")
    assert ledger.expire(lasting.id, NOW) is None
    assert ledger.expire(ended.id, NOW)
    assert ledger.expire(ended.id, NOW) is None
    assert ledger.balance(user.id) == 300


def test_one_that_goes_before_an_earlier_one_leaves_that_alone(user: User) -> None:
    fill(user)
    ended, lasting = GrantLot.objects.order_by("expires_at")
    ledger.expire(lasting.id, lasting.expires_at)
    ended.refresh_from_db()
    assert ended.remaining == 50


@pytest.mark.django_db(transaction=True)
def test_what_is_being_spent_as_its_time_is_over_does_not_leave_twice(user: User) -> None:
    fill(user)
    with transaction.atomic():
        ledger.charge(user.id, 30, reference="emoji_task:1", title="Emoji")
        expired = held_up.by_us(lambda: expiry.expire_due(NOW))
    assert expired.result() == 20


def test_it_expires_at_its_very_end(user: User) -> None:
    fill(user)
    assert expiry.expire_due(YESTERDAY - timedelta(microseconds=1)) == 0
    assert expiry.expire_due(YESTERDAY) == 50


def test_it_expires_once(user: User) -> None:
    fill(user)
    tasks.expire_points()
    tasks.expire_points()
    assert PointTransaction.objects.filter(kind="expiry").count() == 1


def test_a_worker_whose_clock_is_ahead_lets_nothing_expire_before_its_time(user: User) -> None:
    fill(user)
    with our_clock_at(NOW + timedelta(days=10)):
        tasks.expire_points()
    assert UserPoints.objects.get(user=user).granted == 100
