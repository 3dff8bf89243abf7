"""Staff are made, changed and helped from a shell."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.models import User
from apps.staff.models import SecondFactor, StaffAction
from tests.staff.conftest import enrolled, give_password

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def second_factor_given() -> None:
    """Nothing is given here: the tests prove it themselves."""


def run(*words: str) -> str:
    said = StringIO()
    call_command(*words, stdout=said)
    return said.getvalue()


def test_a_new_member_logs_in_with_the_printed_password() -> None:
    found = re.search(r"password of ann: (\S{24})", run("staff_account", "ann", "--role", "support"))
    assert found
    assert give_password(Client(), "ann", found[1])["Location"] == "/admin/second-factor/"
    assert [group.name for group in User.objects.get(username="ann").groups.all()] == ["support"]


def test_roles_change_and_a_member_goes() -> None:
    run("staff_account", "ann", "--role", "support")
    assert run("staff_account", "ann", "--role", "finance", "--role", "operator") == ""
    ann = User.objects.get(username="ann")
    assert {group.name for group in ann.groups.all()} == {"finance", "operator"}
    run("staff_account", "ann", "--off")
    assert not User.objects.get(username="ann").is_active
    assert StaffAction.objects.filter(action="staff.account").count() == 3


def test_who_gets_a_mailbox_keeps_their_roles() -> None:
    run("staff_account", "ann", "--role", "support")
    run("staff_account", "ann", "--mail", "ann@staff.example")
    assert [group.name for group in User.objects.get(username="ann").groups.all()] == ["support"]


def test_a_name_that_nobody_has_is_not_turned_off() -> None:
    with pytest.raises(CommandError, match="no member of staff is called anne"):
        run("staff_account", "anne", "--off")
    assert not User.objects.filter(username="anne").exists()


def test_who_lost_the_phone_sets_up_a_new_one(staff: User) -> None:
    browser = Client()
    enrolled(browser, staff)
    assert "forgotten" in run("reset_second_factor", "boss", "--reason", "lost phone")
    assert browser.get("/admin/").status_code == 302
    assert not SecondFactor.objects.filter(staff=staff).exists()
    fresh = Client()
    give_password(fresh)
    assert "Scan this" in fresh.get("/admin/second-factor/").content.decode()
    assert StaffAction.objects.get(action="second_factor.reset").reason == "lost phone"


def test_only_staff_are_reset(user: User) -> None:
    with pytest.raises(CommandError, match="no member of staff is called nobody"):
        run("reset_second_factor", "nobody", "--reason", "x")
