"""Of granted points, those that end soonest are spent first."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Device, User
from apps.points import ledger
from apps.points.ledger import Bucket, Kind
from apps.points.models import GrantLot

NOW = timezone.now()


def grant(user: User, amount: int, days: int | None) -> None:
    ledger.credit(
        user.id,
        amount,
        kind=Kind.PROMO,
        bucket=Bucket.GRANTED,
        reference=f"grant:{user.id}:{days}",
        title="A gift",
        expires_at=NOW + timedelta(days=days) if days is not None else None,
    )


def remaining(user: User) -> list[int]:
    return list(GrantLot.objects.filter(user=user).order_by("expires_at").values_list("remaining", flat=True))


@pytest.mark.parametrize(("cost", "left"), [(30, [20, 100]), (50, [0, 100]), (120, [0, 30]), (160, [0, 0])])
def test_the_lot_that_ends_soonest_is_spent_first(user: User, cost: int, left: list[int]) -> None:
    grant(user, 100, 30)
    grant(user, 50, 7)
    grant(user, 40, None)
    ledger.charge(user.id, cost, reference="emoji_task:1", title="Emoji")
    assert remaining(user) == left


def test_what_one_spends_is_not_taken_from_anothers_lots(user: User, new_device: Callable[[], Device]) -> None:
    another = new_device().user
    grant(another, 50, 7)
    grant(user, 100, 30)
    ledger.charge(user.id, 60, reference="emoji_task:1", title="Emoji")
    assert (remaining(another), remaining(user)) == ([50], [40])


def test_what_staff_take_is_taken_from_them_as_well(user: User, staff: User) -> None:
    grant(user, 100, 30)
    ledger.adjust(user.id, -70, bucket=Bucket.GRANTED, staff_id=staff.id, reason="A test", token="1")
    assert remaining(user) == [30]


def test_points_without_an_end_have_no_lot(user: User) -> None:
    grant(user, 40, None)
    assert remaining(user) == []


def test_bought_points_never_expire(user: User) -> None:
    with pytest.raises(ValueError, match="never expire"):
        ledger.credit(
            user.id, 5, kind=Kind.PURCHASE, bucket=Bucket.PURCHASED, reference="o", title="A pack", expires_at=NOW
        )
