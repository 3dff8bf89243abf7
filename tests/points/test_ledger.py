"""Points move once per fact, never below zero, and leave a row that nobody can change."""

import threading
from collections.abc import Callable

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Device, User
from apps.points import ledger
from apps.points.ledger import Bucket, InsufficientPoints, Kind, ReferenceReused
from apps.points.models import PointTransaction, UserPoints
from tests import held_up


def credit(user: User, amount: int, reference: str = "order:1", bucket: Bucket = Bucket.PURCHASED) -> bool:
    kind = Kind.PURCHASE if bucket == Bucket.PURCHASED else Kind.PROMO
    return ledger.credit(user.id, amount, kind=kind, bucket=bucket, reference=reference, title="A test")[1]


def charge(user: User, cost: int, reference: str = "emoji_task:1") -> PointTransaction:
    return ledger.charge(user.id, cost, reference=reference, title="Emoji: Happy")


def test_a_credit_raises_the_balance_of_its_bucket(user: User) -> None:
    credit(user, 1000)
    points = UserPoints.objects.get(user=user)
    assert (points.purchased, points.granted, points.balance) == (1000, 0, 1000)


def test_a_balance_is_ones_own_and_nothing_for_who_never_had_points(
    user: User, new_device: Callable[[], Device]
) -> None:
    credit(user, 1000)
    assert (ledger.balance(user.id), ledger.balance(new_device().user.id)) == (1000, 0)


def test_the_same_fact_is_credited_once(user: User) -> None:
    assert [credit(user, 1000), credit(user, 1000)] == [True, False]
    assert UserPoints.objects.get(user=user).balance == 1000


def test_the_same_fact_with_another_amount_is_refused(user: User) -> None:
    credit(user, 1000)
    with pytest.raises(ReferenceReused):
        credit(user, 2000)


def test_the_same_fact_of_another_user_is_refused(user: User, new_device: Callable[[], Device]) -> None:
    credit(user, 1000)
    with pytest.raises(ReferenceReused):
        credit(new_device().user, 1000)


def test_granted_points_are_spent_first(user: User) -> None:
    credit(user, 150, "week", Bucket.GRANTED)
    credit(user, 1000)
    spend = charge(user, 200)
    assert (spend.granted_amount, spend.purchased_amount, spend.balance_after) == (-150, -50, 950)


def test_a_charge_above_the_balance_is_refused_with_numbers_and_changes_nothing(user: User) -> None:
    credit(user, 199)
    with pytest.raises(InsufficientPoints) as refusal:
        charge(user, 200)
    assert refusal.value.params == {"required": 200, "balance": 199, "missing": 1}
    assert UserPoints.objects.get(user=user).balance == 199


def test_who_never_had_points_cannot_spend(user: User) -> None:
    with pytest.raises(InsufficientPoints):
        charge(user, 1)


@pytest.mark.parametrize("amount", [0, -5])
def test_a_credit_or_charge_of_nothing_is_a_bug(user: User, amount: int) -> None:
    with pytest.raises(ValueError, match="points"):
        credit(user, amount)
    with pytest.raises(ValueError, match="points"):
        charge(user, amount)


@pytest.mark.parametrize(
    "statement", ["UPDATE points_pointtransaction SET amount = 1", "DELETE FROM points_pointtransaction"]
)
def test_postgresql_refuses_to_change_a_ledger_row(user: User, statement: str) -> None:
    credit(user, 1000)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_postgresql_refuses_a_negative_bucket(user: User) -> None:
    credit(user, 1000)
    with pytest.raises(IntegrityError), transaction.atomic():
        UserPoints.objects.filter(user=user).update(purchased=-1)


@pytest.mark.django_db(transaction=True)
def test_twenty_charges_at_once_spend_exactly_what_is_there(user: User) -> None:
    credit(user, 1000)
    outcomes: list[bool] = []
    start = threading.Barrier(20)

    def spend(number: int) -> None:
        start.wait()
        try:
            charge(user, 200, f"emoji_task:{number}")
            outcomes.append(True)
        except InsufficientPoints:
            outcomes.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=spend, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 15 + [True] * 5
    assert UserPoints.objects.get(user=user).balance == 0


@pytest.mark.django_db(transaction=True)
def test_two_first_changes_at_once_both_count(user: User) -> None:
    with transaction.atomic():
        credit(user, 100, "order:1")
        second = held_up.by_us(lambda: credit(user, 50, "order:2"))
    assert second.result()
    assert ledger.balance(user.id) == 150


@given(st.lists(st.tuples(st.sampled_from(["purchased", "granted", "charge"]), st.integers(1, 500)), max_size=12))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_the_rows_add_up_to_the_balance(user: User, moves: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        for number, (what, amount) in enumerate(moves):
            try:
                if what == "charge":
                    charge(user, amount, f"emoji_task:{number}")
                else:
                    credit(user, amount, f"fact:{number}", Bucket(what))
            except InsufficientPoints:
                continue
        rows = list(PointTransaction.objects.filter(user=user).order_by("id"))
        balance = 0
        for row in rows:
            balance += row.amount
            assert row.balance_after == balance >= 0
        points = UserPoints.objects.filter(user=user).first() or UserPoints(purchased=0, granted=0)
        assert points.purchased == sum(row.purchased_amount for row in rows)
        assert points.granted == sum(row.granted_amount for row in rows)
        transaction.set_rollback(True)


def held_by_somebody(user: User) -> bool:
    """Whether somebody holds the user's row."""
    try:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True, nowait=True).get(id=user.id)
    except OperationalError:
        return True
    return False


def charge_while_held(user: User) -> int:
    with transaction.atomic():
        points = ledger.held(user.id)
        assert points.user.nickname == "Ann"
        return ledger.charge_held(points, 10, reference="emoji_task:2", title="Emoji").balance_after


@pytest.mark.django_db(transaction=True)
class TestHeld:
    def test_first_the_user_and_then_the_points_as_they_are_by_then(self, user: User) -> None:
        credit(user, 100)
        User.objects.filter(id=user.id).update(nickname="Ann")
        with transaction.atomic():
            charge(user, 50)
            left = held_up.by_us(lambda: charge_while_held(user))
            assert held_by_somebody(user)
        assert left.result() == 40

    def test_who_waits_for_the_user_holds_no_points(self, user: User) -> None:
        credit(user, 100)
        with transaction.atomic():
            User.objects.locked(user.id)
            left = held_up.by_us(lambda: charge_while_held(user))
            charge(user, 50)
            User.objects.filter(id=user.id).update(nickname="Ann")
        assert left.result() == 40

    def test_who_never_had_points_has_none(self, user: User) -> None:
        with transaction.atomic():
            points = ledger.held(user.id)
            assert (points.balance, points.user) == (0, user)


class TestAdjust:
    def adjust(self, user: User, staff: User, amount: int, token: str = "1", bucket: Bucket = Bucket.PURCHASED) -> bool:
        return ledger.adjust(user.id, amount, bucket=bucket, staff_id=staff.id, reason="A test", token=token)[1]

    def test_gives_and_takes_in_one_bucket_with_staff_and_reason(self, user: User, staff: User) -> None:
        self.adjust(user, staff, 500, "1")
        self.adjust(user, staff, -200, "2")
        row = PointTransaction.objects.order_by("-id")[0]
        assert (row.kind, row.amount, row.balance_after, row.staff, row.reason) == (
            "adjustment",
            -200,
            300,
            staff,
            "A test",
        )

    def test_a_second_click_changes_nothing(self, user: User, staff: User) -> None:
        assert [self.adjust(user, staff, 500), self.adjust(user, staff, 500)] == [True, False]
        assert UserPoints.objects.get(user=user).balance == 500

    def test_takes_no_more_than_the_bucket_has(self, user: User, staff: User) -> None:
        self.adjust(user, staff, 500, "1", Bucket.GRANTED)
        with pytest.raises(InsufficientPoints):
            self.adjust(user, staff, -1, "2", Bucket.PURCHASED)
        with pytest.raises(InsufficientPoints) as refusal:
            self.adjust(user, staff, -502, "3", Bucket.GRANTED)
        assert refusal.value.params == {"required": 502, "balance": 500, "missing": 2}

    @pytest.mark.parametrize(("amount", "reason"), [(0, "A test"), (500, " ")])
    def test_of_nothing_or_for_no_reason_is_a_bug(self, user: User, staff: User, amount: int, reason: str) -> None:
        with pytest.raises(ValueError, match="moves points and has a reason"):
            ledger.adjust(user.id, amount, bucket=Bucket.GRANTED, staff_id=staff.id, reason=reason, token="1")

    def test_postgresql_wants_staff_and_reason(self, user: User) -> None:
        with pytest.raises(IntegrityError, match="adjustment_has_staff_and_reason"), transaction.atomic():
            PointTransaction.objects.create(
                user=user,
                kind="adjustment",
                sequence=1,
                amount=1,
                granted_amount=1,
                balance_after=1,
                reference="a",
                title="a",
            )
