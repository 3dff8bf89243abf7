"""What must be true of points is checked, so each check must be able to fail."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.core.invariants import broken_rows, registered
from apps.points import ledger, reversals
from apps.points.ledger import Bucket, Kind, PointTransaction
from tests.past_the_ledger import past_the_ledger

MORE_COMES_BACK_THAN_WAS_SPENT = """
    UPDATE points_pointtransaction SET related_id = smaller.id FROM points_pointtransaction AS smaller
    WHERE points_pointtransaction.kind = 'refund' AND smaller.reference = 'test:2'
"""
TWO_REWARDS_OF_A_WEEK = """
    DROP INDEX one_reward_per_user_and_week;
    ALTER TABLE points_pointtransaction DROP CONSTRAINT weekly_reward_has_its_week;
    UPDATE points_pointtransaction SET reward_week = '2026-W48' WHERE granted_amount > 0
"""


@pytest.fixture
def history(user: User) -> None:
    """A pack that was taken back, two spends of which the larger one came back, and two gifts, one of which expires."""
    pack = credit(user, 1000, Kind.PURCHASE, Bucket.PURCHASED)
    large = ledger.charge(user.id, 200, reference="test:1", title="A test")
    ledger.charge(user.id, 100, reference="test:2", title="A test")
    reversals.refund(large, title="A test")
    reversals.claw_back(pack, title="A test")
    credit(user, 30, Kind.PROMO, Bucket.GRANTED)
    credit(user, 50, Kind.SIGNUP_BONUS, Bucket.GRANTED, days=7)


def credit(user: User, amount: int, kind: Kind, bucket: Bucket, days: int | None = None) -> PointTransaction:
    end = timezone.now() + timedelta(days=days) if days else None
    given: Any = {"kind": kind, "bucket": bucket, "reference": f"test:{kind}", "title": "A test"}
    return ledger.credit(user.id, amount, **given, expires_at=end)[0]


def broken() -> set[str]:
    return {one.code for one in registered() if broken_rows(one)}


def by_hand(statement: str) -> None:
    with past_the_ledger() as cursor:
        for part in statement.split(";"):
            cursor.execute(part)


def test_what_was_done_by_the_ledger_breaks_nothing(history: None) -> None:
    assert broken() == set()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (MORE_COMES_BACK_THAN_WAS_SPENT, "I6"),
        ("UPDATE points_clawback SET taken = taken - 1, shortfall = shortfall + 1", "I6b"),
        ("UPDATE points_clawback SET shortfall = shortfall + 1", "I6c"),
        ("UPDATE points_clawback SET is_reversed = true", "I6b"),
        (TWO_REWARDS_OF_A_WEEK, "I15"),
        ("UPDATE points_grantlot SET remaining = 81", "I21"),
    ],
)
def test_each_can_be_broken(history: None, statement: str, code: str) -> None:
    by_hand(statement)
    assert broken() == {code}
