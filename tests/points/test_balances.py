"""A balance is its buckets and what will be gone next."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Device, User
from apps.points import balances, ledger
from apps.points.balances import NOTHING, NextExpiry
from apps.points.ledger import Bucket, Kind
from apps.points.models import UserPoints
from tests.conftest import at

pytestmark = pytest.mark.django_db


def test_who_never_had_points_has_nothing(user: User) -> None:
    assert balances.of_user(user.id) == NOTHING


def grant(user: User, amount: int, end: datetime) -> None:
    reference = f"grant:{user.id}:{end}"
    ledger.credit(
        user.id, amount, kind=Kind.PROMO, bucket=Bucket.GRANTED, reference=reference, title="Test", expires_at=end
    )


def test_the_lot_that_ends_first_is_told(user: User, give_points: Callable[..., None]) -> None:
    give_points(user, 100)
    soon, late = timezone.now() + timedelta(days=1), timezone.now() + timedelta(days=9)
    grant(user, 30, late)
    grant(user, 20, soon)
    found = balances.of_user(user.id)
    assert (found.balance, found.purchased, found.granted) == (150, 100, 50)
    assert found.next_expiry == NextExpiry(20, soon)
    assert found.updated_at == UserPoints.objects.get().updated_at


def test_a_lot_that_is_spent_or_anothers_does_not_end_next(user: User, new_device: Callable[[], Device]) -> None:
    first, soon, late = (timezone.now() + timedelta(days=days) for days in (1, 2, 9))
    grant(new_device().user, 10, first)
    grant(user, 20, soon)
    grant(user, 30, late)
    ledger.charge(user.id, 25, reference="emoji_task:1", title="Emoji")
    assert balances.of_user(user.id).next_expiry == NextExpiry(25, late)


def test_the_last_change_is_told(user: User, give_points: Callable[..., None]) -> None:
    with at("2026-12-01T12:00Z"):
        give_points(user, 100)
    with at("2026-12-02T12:00Z"):
        give_points(user, 100)
    assert balances.of_user(user.id).updated_at == datetime(2026, 12, 2, 12, tzinfo=UTC)
