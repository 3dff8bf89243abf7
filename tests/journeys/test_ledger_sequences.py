"""Whatever is done to balances, in whatever order and by however many at once, the ledger adds up."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from apps.accounts.models import User
from apps.core.invariants import broken_rows, registered
from apps.points import expiry, ledger, reversals
from apps.points.ledger import Bucket, InsufficientPoints, Kind
from apps.points.models import Clawback, PointTransaction, UserPoints

WHO = st.integers(0, 2)
AMOUNT = st.integers(1, 400)
TITLE = "A test"


class Desk:
    """Everything that can be done to the points of three users, by facts that never repeat."""

    def __init__(self, staff: User) -> None:
        self.staff = staff
        self.users = [User.objects.create_user() for _ in range(3)]

    def credit(self, who: int, amount: int, bucket: Bucket, days: int | None = None) -> None:
        kind = Kind.PURCHASE if bucket == Bucket.PURCHASED else Kind.PROMO
        end = timezone.now() + timedelta(days=days) if days is not None else None
        ledger.credit(
            self.users[who].id, amount, kind=kind, bucket=bucket, reference=f"f:{uuid4()}", title=TITLE, expires_at=end
        )

    def charge(self, who: int, amount: int) -> None:
        ledger.charge(self.users[who].id, amount, reference=f"f:{uuid4()}", title=TITLE)

    def refund(self, who: int) -> None:
        for spend in self.rows(who, Kind.SPEND):
            reversals.refund(spend, title=TITLE)

    def claw_back(self, who: int) -> None:
        for pack in self.rows(who, Kind.PURCHASE):
            reversals.claw_back(pack, title=TITLE)

    def reverse(self, who: int) -> None:
        for clawback in Clawback.objects.filter(credit__user=self.users[who])[:2]:
            reversals.reverse_clawback(clawback.credit, title=TITLE)

    def expire(self, days: int) -> None:
        expiry.expire_due(timezone.now() + timedelta(days=days))

    def adjust(self, who: int, amount: int, bucket: Bucket) -> None:
        token = str(uuid4())
        ledger.adjust(self.users[who].id, amount, bucket=bucket, staff_id=self.staff.id, reason=TITLE, token=token)

    def rows(self, who: int, kind: Kind) -> Any:
        return PointTransaction.objects.filter(user=self.users[who], kind=kind).order_by("-sequence")[:2]

    def require_replay(self) -> None:
        """Replaying the rows brings every balance_after, and in the end the balance."""
        for points in UserPoints.objects.filter(user__in=self.users):
            balance = number = 0
            for number, row in enumerate(PointTransaction.objects.filter(user=points.user_id).order_by("sequence"), 1):
                balance += row.amount
                assert (row.sequence, row.balance_after) == (number, balance)
            assert (points.balance, points.last_sequence) == (balance, number)


def require_invariants() -> None:
    assert {one.code: rows for one in registered() if (rows := broken_rows(one))} == {}


def allowed(move: Callable[..., None], *given: Any) -> None:
    """A refusal for want of points is an answer like any other."""
    try:
        move(*given)
    except InsufficientPoints:
        return


class LedgerMachine(RuleBasedStateMachine):
    staff: User

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(self.staff)

    @rule(who=WHO, amount=AMOUNT, bucket=st.sampled_from(Bucket))
    def credit(self, who: int, amount: int, bucket: Bucket) -> None:
        self.desk.credit(who, amount, bucket)

    @rule(who=WHO, amount=AMOUNT, days=st.integers(0, 2))
    def grant_for_days(self, who: int, amount: int, days: int) -> None:
        self.desk.credit(who, amount, Bucket.GRANTED, days)

    @rule(who=WHO, amount=AMOUNT)
    def charge(self, who: int, amount: int) -> None:
        allowed(self.desk.charge, who, amount)

    @rule(who=WHO)
    def refund(self, who: int) -> None:
        self.desk.refund(who)

    @rule(who=WHO)
    def claw_back(self, who: int) -> None:
        self.desk.claw_back(who)

    @rule(who=WHO)
    def reverse(self, who: int) -> None:
        self.desk.reverse(who)

    @rule(days=st.integers(0, 3))
    def expire(self, days: int) -> None:
        self.desk.expire(days)

    @rule(who=WHO, amount=st.integers(-300, 300).filter(bool), bucket=st.sampled_from(Bucket))
    def adjust(self, who: int, amount: int, bucket: Bucket) -> None:
        allowed(self.desk.adjust, who, amount, bucket)

    @invariant()
    def replays(self) -> None:
        self.desk.require_replay()

    def teardown(self) -> None:
        require_invariants()


def test_one_after_the_other(staff: User) -> None:
    machine = type("Machine", (LedgerMachine,), {"staff": staff})
    run_state_machine_as_test(machine, settings=settings(max_examples=40, stateful_step_count=20))


MOVES: dict[str, Callable[[Desk, int, int], None]] = {
    "buy": lambda desk, who, amount: desk.credit(who, amount, Bucket.PURCHASED),
    "grant": lambda desk, who, amount: desk.credit(who, amount, Bucket.GRANTED),
    "grant for a day": lambda desk, who, amount: desk.credit(who, amount, Bucket.GRANTED, days=1),
    "charge": lambda desk, who, amount: desk.charge(who, amount),
    "refund": lambda desk, who, amount: desk.refund(who),
    "claw back": lambda desk, who, amount: desk.claw_back(who),
    "reverse": lambda desk, who, amount: desk.reverse(who),
    "expire": lambda desk, who, amount: desk.expire(amount % 3),
    "adjust": lambda desk, who, amount: desk.adjust(who, amount - 200 or 1, Bucket.GRANTED),
}
PLAN = st.lists(st.tuples(st.sampled_from(sorted(MOVES)), WHO, AMOUNT), min_size=5, max_size=20)


@pytest.mark.django_db(transaction=True)
@given(plans=st.lists(PLAN, min_size=3, max_size=5))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_many_at_once(staff: User, plans: list[list[tuple[str, int, int]]]) -> None:
    desk = Desk(staff)
    broken: list[Exception] = []
    start = threading.Barrier(len(plans))

    def work(plan: list[tuple[str, int, int]]) -> None:
        start.wait()
        try:
            for name, who, amount in plan:
                allowed(MOVES[name], desk, who, amount)
        except Exception as error:
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    desk.require_replay()
    require_invariants()
