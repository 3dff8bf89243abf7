"""Whatever is done to balances, in whatever order and by however many at once, the ledger adds up."""

import threading
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Device, User
from apps.core.invariants import broken_rows, registered
from apps.points import expiry, ledger
from apps.points.ledger import Bucket, InsufficientPoints, Kind
from apps.points.models import Clawback, PointTransaction, UserPoints

Move = tuple[str, int, int]
MOVES = ("buy", "grant", "grant for a day", "charge", "refund", "claw back", "reverse", "expire", "adjust")
MOVE = st.tuples(st.sampled_from(MOVES), st.integers(0, 2), st.integers(1, 400))


def credit(user: User, amount: int, bucket: Bucket, days: int | None = None) -> None:
    end = timezone.now() + timedelta(days=days) if days is not None else None
    kind = Kind.PURCHASE if bucket == Bucket.PURCHASED else Kind.PROMO
    reference = f"fact:{threading.get_ident()}:{timezone.now().timestamp()}:{amount}"
    ledger.credit(user.id, amount, kind=kind, bucket=bucket, reference=reference, title="A test", expires_at=end)


def rows(user: User, kind: Kind) -> Any:
    return PointTransaction.objects.filter(user=user, kind=kind).order_by("-sequence")[:3]


def refund_some(user: User) -> None:
    for spend in rows(user, Kind.SPEND):
        ledger.refund(spend, title="A test")


def claw_back_some(user: User) -> None:
    for pack in rows(user, Kind.PURCHASE):
        ledger.claw_back(pack, title="A test")


def reverse_some(user: User) -> None:
    for clawback in Clawback.objects.filter(credit__user=user)[:3]:
        ledger.reverse_clawback(clawback, title="A test")


def make(move: str, user: User, staff: User, amount: int) -> None:
    fact = f"{threading.get_ident()}:{timezone.now().timestamp()}"
    change = amount - 200 or 1
    moves: dict[str, Callable[[], object]] = {
        "buy": lambda: credit(user, amount, Bucket.PURCHASED),
        "grant": lambda: credit(user, amount, Bucket.GRANTED),
        "grant for a day": lambda: credit(user, amount, Bucket.GRANTED, days=1),
        "charge": lambda: ledger.charge(user.id, amount, reference=fact, title="A test"),
        "refund": lambda: refund_some(user),
        "claw back": lambda: claw_back_some(user),
        "reverse": lambda: reverse_some(user),
        "expire": lambda: expiry.expire_due(timezone.now() + timedelta(days=amount % 3)),
        "adjust": lambda: ledger.adjust(
            user.id, change, bucket=Bucket.GRANTED, staff_id=staff.id, reason="A test", token=fact
        ),
    }
    moves[move]()


def play(moves: list[Move], users: list[User], staff: User) -> None:
    for move, who, amount in moves:
        try:
            make(move, users[who], staff, amount)
        except InsufficientPoints:
            continue


def require_sound_ledger() -> None:
    assert {one.code: broken_rows(one) for one in registered() if broken_rows(one)} == {}
    for points in UserPoints.objects.all():
        balance = 0
        for number, row in enumerate(PointTransaction.objects.filter(user=points.user_id).order_by("sequence"), 1):
            balance += row.amount
            assert (row.sequence, row.balance_after) == (number, balance)
        assert (points.balance, points.last_sequence) == (balance, number)


@pytest.fixture
def users(new_device: Callable[[], Device], staff: User) -> list[User]:
    return [new_device().user for _ in range(3)]


@given(moves=st.lists(MOVE, max_size=30))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_one_after_the_other(users: list[User], staff: User, moves: list[Move]) -> None:
    with transaction.atomic():
        play(moves, users, staff)
        require_sound_ledger()
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_many_at_once(users: list[User], staff: User, seed: int) -> None:
    random = Random(seed)
    start = threading.Barrier(6)
    broken: list[Exception] = []

    def work(moves: list[Move]) -> None:
        start.wait()
        try:
            play(moves, users, staff)
        except Exception as error:
            broken.append(error)
        finally:
            connection.close()

    plans = [[(random.choice(MOVES), random.randrange(3), random.randint(1, 400)) for _ in range(40)] for _ in range(6)]
    threads = [threading.Thread(target=work, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    require_sound_ledger()
