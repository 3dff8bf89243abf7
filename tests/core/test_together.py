"""Writes that are sent together happen together or not at all."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import Device, Session, User
from apps.core import prepared_insert, together
from apps.core.prepared_query import Given, PreparedUpdate

pytestmark = pytest.mark.django_db

NAMED = PreparedUpdate(lambda: User.objects.filter(id=Given("user_id")), nickname=Given("name"))
AGED = PreparedUpdate(lambda: Device.objects.filter(id=Given("device_id")), app_version="9")


def new_session(device: Device) -> Session:
    return Session(user=device.user, device=device, auth_level="secret", expires_at=device.created_at)


def test_all_are_done_by_one_statement(device: Device, django_assert_num_queries: object) -> None:
    row = new_session(device)
    with django_assert_num_queries(1):  # type: ignore[operator]  # pytest-django's
        renamed = NAMED.write(user_id=device.user_id, name="Ann")
        assert together.run(prepared_insert.write(row), renamed) == 1
    assert Session.objects.filter(id=row.id).exists()
    assert User.objects.get(id=device.user_id).nickname == "Ann"


def test_a_row_may_name_one_that_comes_with_it(device: Device) -> None:
    person = User.objects.new_user()
    now = timezone.now()
    shown = {"device_id_mac": b"1" * 32, "device_id_tail": "0001", "secret_sha256": b"2" * 32}
    phone = Device(user=person, last_login_at=now, secret_state="confirmed", **shown)
    together.run(prepared_insert.write(person), prepared_insert.write(phone))
    prepared_insert.stored(person, phone)
    assert Device.objects.get(id=phone.id).user == person
    assert not phone._state.adding


def test_what_one_of_them_breaks_none_of_them_does(device: Device, staff: User) -> None:
    again = User.objects.new_user(username=staff.username)
    with pytest.raises(IntegrityError), transaction.atomic():
        together.run(NAMED.write(user_id=device.user_id, name="Ann"), prepared_insert.write(again))
    assert User.objects.get(id=device.user_id).nickname == ""


def test_what_has_a_condition_is_done_when_it_changes_a_row(device: Device, django_assert_num_queries: object) -> None:
    row = new_session(device)
    with django_assert_num_queries(1):  # type: ignore[operator]  # pytest-django's
        named = NAMED.write(user_id=device.user_id, name="Ann")
        assert together.run_if(named, prepared_insert.write(row), AGED.write(device_id=device.id))
    assert Session.objects.filter(id=row.id).exists()
    assert User.objects.get(id=device.user_id).nickname == "Ann"
    assert Device.objects.get(id=device.id).app_version == "9"


def test_and_nothing_is_done_when_it_changes_none(device: Device) -> None:
    row = new_session(device)
    nobody = NAMED.write(user_id=1, name="Ann")
    assert not together.run_if(nobody, prepared_insert.write(row), AGED.write(device_id=device.id))
    assert not Session.objects.filter(id=row.id).exists()
    assert Device.objects.get(id=device.id).app_version != "9"


@pytest.mark.parametrize("of_somebody", [True, False])
def test_a_question_knows_what_changed_and_how_it_was_before(device: Device, of_somebody: bool) -> None:
    named = NAMED.write(user_id=device.user_id if of_somebody else 1, name="Ann")
    question = "SELECT (SELECT count(*) FROM written), (SELECT nickname FROM accounts_user WHERE id = %s)"
    assert together.run_and_ask(named, question, [device.user_id]) == [(int(of_somebody), "")]
    assert User.objects.get(id=device.user_id).nickname == ("Ann" if of_somebody else "")


def test_what_is_sent_later_is_sent_as_one(device: Device, django_assert_num_queries: object) -> None:
    row = new_session(device)
    with django_assert_num_queries(1), together.later():  # type: ignore[operator]  # pytest-django's
        row.save()
        together.send(NAMED.write(user_id=device.user_id, name="Ann"))
    assert Session.objects.filter(id=row.id).exists()
    assert User.objects.get(id=device.user_id).nickname == "Ann"


def test_nothing_of_what_failed_before_the_end_is_sent(device: Device) -> None:
    lost, next_one = new_session(device), new_session(device)

    def fails() -> None:
        with together.later():
            lost.save()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    next_one.save()
    assert [Session.objects.filter(id=row.id).exists() for row in (lost, next_one)] == [False, True]
