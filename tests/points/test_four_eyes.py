"""What is too large for one member of staff needs a second one, happens once, and does not wait for ever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.points import four_eyes, ledger
from apps.points.four_eyes import CannotDecide
from apps.points.ledger import Bucket, InsufficientPoints
from apps.points.models import PendingAdjustment, PointTransaction
from apps.staff.models import Letter, Mailbox
from tests import held_up
from tests.conftest import at


@pytest.fixture
def second(db: None) -> User:
    return User.objects.create_superuser("second", "a-long-password-here")


@pytest.fixture
def pending(user: User, staff: User) -> PendingAdjustment:
    return ask(user, staff)


def ask(user: User, staff: User, amount: int = 50_000) -> PendingAdjustment:
    given: Any = {"bucket": Bucket.GRANTED, "staff_id": staff.pk, "reason": "A prize", "token": uuid4()}
    return four_eyes.ask(user.id, amount, **given)[0]


def needs_second(staff: User, amount: int, token: UUID | None = None) -> bool:
    with transaction.atomic():
        return four_eyes.needs_second(staff.pk, amount, timezone.now(), token=token or uuid4())


@pytest.mark.parametrize(("amount", "needs"), [(10_000, False), (10_001, True), (-10_000, False), (-10_001, True)])
def test_the_limit_is_for_giving_and_for_taking(staff: User, amount: int, needs: bool) -> None:
    assert needs_second(staff, amount) == needs


def test_many_small_ones_are_no_way_around(staff: User, user: User) -> None:
    for sign in (1, -1):
        given: Any = {"bucket": Bucket.GRANTED, "staff_id": staff.pk, "reason": "Test", "token": str(uuid4())}
        ledger.adjust(user.id, sign * 5_000, **given)
    assert needs_second(staff, 1)
    with at(timezone.now() + timedelta(days=1, minutes=1)):
        assert not needs_second(staff, 10_000)


def test_what_others_move_alone_is_theirs(staff: User, second: User, user: User) -> None:
    given: Any = {"bucket": Bucket.GRANTED, "staff_id": second.pk, "reason": "Test", "token": str(uuid4())}
    ledger.adjust(user.id, 10_000, **given)
    assert not needs_second(staff, 10_000)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_no_way_around(staff: User, user: User) -> None:
    given: Any = {"bucket": Bucket.GRANTED, "staff_id": staff.pk, "reason": "Test", "token": str(uuid4())}
    with transaction.atomic():
        assert not four_eyes.needs_second(staff.pk, 10_000, timezone.now(), token=uuid4())
        needed = held_up.by_us(lambda: needs_second(staff, 10_000))
        ledger.adjust(user.id, 10_000, **given)
    assert needed.result()


def test_an_approval_moves_the_points_in_the_name_of_who_asked(
    pending: PendingAdjustment, staff: User, second: User, user: User
) -> None:
    four_eyes.approve(pending.id, second.pk)
    pending.refresh_from_db()
    row = PointTransaction.objects.get()
    assert (row.amount, row.staff, row.reason) == (50_000, staff, "A prize")
    assert (pending.decision, pending.decided_by, pending.row) == ("approved", second, row)
    assert not needs_second(staff, 10_000)


def test_each_is_decided_by_itself(user: User, staff: User, second: User) -> None:
    first, other, refused = (ask(user, staff) for _ in range(3))
    four_eyes.approve(other.id, second.pk)
    four_eyes.refuse(refused.id, second.pk)
    assert ledger.balance(user.id) == 50_000
    four_eyes.approve(first.id, second.pk)
    assert ledger.balance(user.id) == 100_000


def test_nobody_decides_about_their_own(pending: PendingAdjustment, staff: User) -> None:
    for decide in (four_eyes.approve, four_eyes.refuse):
        with pytest.raises(CannotDecide, match="You asked for this yourself"):
            decide(pending.id, staff.pk)
    with pytest.raises(IntegrityError, match="nobody_approves_their_own"), transaction.atomic():
        PendingAdjustment.objects.filter(id=pending.id).update(
            decided_by=staff, decided_at=timezone.now(), decision="refused"
        )


def test_what_was_decided_stays_decided(pending: PendingAdjustment, second: User) -> None:
    four_eyes.refuse(pending.id, second.pk)
    with pytest.raises(CannotDecide, match="It was refused already"):
        four_eyes.approve(pending.id, second.pk)
    assert not PointTransaction.objects.exists()


def test_it_expires(pending: PendingAdjustment, second: User) -> None:
    with at(timezone.now() + timedelta(days=3, seconds=1)), pytest.raises(CannotDecide, match="It has expired"):
        four_eyes.approve(pending.id, second.pk)


def test_asking_twice_with_one_form_asks_once(user: User, staff: User) -> None:
    given: Any = {"bucket": Bucket.GRANTED, "staff_id": staff.pk, "reason": "A prize", "token": uuid4()}
    (first, is_new), (again, is_new_again) = [four_eyes.ask(user.id, 50_000, **given) for _ in range(2)]
    assert first == again
    assert (is_new, is_new_again) == (True, False)


def test_what_was_asked_for_needs_a_second_one_for_ever(
    pending: PendingAdjustment, staff: User, second: User, settings: Any
) -> None:
    settings.STAFF_POINTS_ALONE = 100_000
    assert needs_second(staff, pending.amount, pending.token)
    four_eyes.refuse(pending.id, second.pk)
    assert needs_second(staff, pending.amount, pending.token)


def test_what_was_done_alone_needs_none_when_it_is_sent_again(user: User, staff: User, settings: Any) -> None:
    token = uuid4()
    given: Any = {"bucket": Bucket.GRANTED, "staff_id": staff.pk, "reason": "Test", "token": str(token)}
    ledger.adjust(user.id, 5_000, **given)
    settings.STAFF_POINTS_ALONE = 100
    assert not needs_second(staff, 5_000, token)
    assert needs_second(staff, 5_000)


def test_what_cannot_be_taken_stays_open(user: User, staff: User, second: User) -> None:
    pending = ask(user, staff, -50_000)
    with pytest.raises(InsufficientPoints):
        four_eyes.approve(pending.id, second.pk)
    pending.refresh_from_db()
    assert pending.is_open(timezone.now())


@pytest.mark.django_db(transaction=True)
def test_approvals_at_the_same_moment_move_points_once(pending: PendingAdjustment, second: User) -> None:
    def approve(_: int) -> str:
        try:
            return four_eyes.approve(pending.id, second.pk).decision
        except CannotDecide:
            return "too late"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(approve, range(4))) == ["approved", "too late", "too late", "too late"]
    assert PointTransaction.objects.count() == 1


def test_mail_tells_who_may_decide_and_then_who_asked(user: User, staff: User, second: User) -> None:
    clerk = User.objects.create_user("clerk", "a-long-password-here", is_staff=True)
    for member in (staff, second, clerk):
        Mailbox.objects.create(staff=member, address=f"{member.username}@staff.example")
    pending = ask(user, staff)
    (asked,) = Letter.objects.all()
    assert asked.staff == second
    assert asked.subject == "+50000 points wait for a second member of staff"
    assert f"/points/pendingadjustment/{pending.id}/decide/" in asked.text
    four_eyes.approve(pending.id, second.pk)
    decided = Letter.objects.exclude(id=asked.id).get()
    assert (decided.staff, decided.subject) == (staff, "+50000 points that you asked for: approved")
