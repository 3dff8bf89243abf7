"""Staff suspend a user on the user's page, and open the account again."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.accounts.tasks import lift_suspensions
from tests.audit_log import written
from tests.conftest import at

PROFILE = "/api/v1/user/profile"


@pytest.fixture
def desk(staff: User) -> Client:
    """A browser with a member of staff in front of it."""
    client = Client()
    client.force_login(staff)
    return client


def page_of(user: User) -> str:
    return f"/admin/accounts/user/{user.id}/suspension/"


def test_a_suspended_user_is_out_at_once_and_back_at_once(desk: Client, user: User, app: APIClient) -> None:
    answer = desk.post(page_of(user), {"reason": "Sold fake points"})
    assert answer["Location"] == f"/admin/accounts/user/{user.id}/change/"
    assert app.get(PROFILE).json()["code"] == "account_suspended"
    desk.post(page_of(user), {"lift": "1"})
    assert app.get(PROFILE).status_code == 200
    assert [deed.reason for deed in written()] == [
        "Suspended: Sold fake points",
        "Lifted the suspension: Sold fake points",
    ]
    suspended, lifted = written()
    for told, was, now in ((suspended, True, False), (lifted, False, True)):
        before, after = told.before or {}, told.after or {}
        assert (before["is_active"], after["is_active"]) == (was, now)


def test_a_form_that_comes_twice_does_what_it_says(desk: Client, user: User) -> None:
    """The second click meets an account that is suspended, or open, already."""
    for form, is_suspended in (({"reason": "Sold fake points"}, True), ({"lift": "1"}, False)):
        for _ in range(2):
            desk.post(page_of(user), form)
            assert bool(User.objects.get(id=user.id).suspended_at) is is_suspended
    assert len(written()) == 2


def test_what_the_audit_log_cannot_keep_is_not_done(desk: Client, user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE staff_staffaction ADD CHECK (action <> 'user.suspension') NOT VALID")
    with pytest.raises(IntegrityError):
        desk.post(page_of(user), {"reason": "Sold fake points"})
    assert User.objects.get(id=user.id).suspended_at is None


def test_the_page_shows_why_and_how_long(desk: Client, user: User) -> None:
    assert "Suspend" in desk.get(f"/admin/accounts/user/{user.id}/change/").content.decode()
    desk.post(page_of(user), {"reason": "<b>spam</b>", "until": "2999-01-01 12:00"})
    page = desk.get(page_of(user)).content.decode()
    assert "&lt;b&gt;spam&lt;/b&gt;" in page
    assert "until 2999-01-01 12:00 UTC" in page
    assert "Lift the suspension" in desk.get(f"/admin/accounts/user/{user.id}/change/").content.decode()


def test_a_suspension_for_a_time_ends_by_itself(desk: Client, user: User, app: APIClient) -> None:
    until = timezone.now() + timedelta(days=3)
    desk.post(page_of(user), {"reason": "Rude", "until": until.strftime("%Y-%m-%d %H:%M:%S")})
    assert app.get(PROFILE).status_code == 403
    with at(until + timedelta(seconds=1)):
        lift_suspensions()
    user.refresh_from_db()
    assert (user.is_active, user.suspended_at, user.suspension_reason) == (True, None, "")


@pytest.mark.parametrize(
    "form", [{"reason": ""}, {"reason": "  "}, {"reason": "x", "until": "2001-01-01"}, {"reason": "x", "until": "soon"}]
)
def test_a_form_without_reason_or_with_a_past_end_is_refused(desk: Client, user: User, form: dict[str, str]) -> None:
    assert desk.post(page_of(user), form).status_code == 200
    user.refresh_from_db()
    assert user.suspended_at is None


def test_only_who_may_suspend_sees_the_page(user: User) -> None:
    support = User.objects.create_user("support", "a-long-password-here", is_staff=True)
    client = Client()
    client.force_login(support)
    assert client.post(page_of(user), {"reason": "x"}).status_code == 403
    support.user_permissions.add(Permission.objects.get(codename="suspend_user"))
    assert client.post(page_of(user), {"reason": "x"}).status_code == 302


def test_staff_are_not_suspended(desk: Client, staff: User) -> None:
    assert desk.post(page_of(staff), {"reason": "x"}).status_code == 403


def test_an_unknown_user_is_not_found(desk: Client, db: None) -> None:
    assert desk.get("/admin/accounts/user/1/suspension/").status_code == 404


def test_a_user_is_not_switched_off_without_a_reason(desk: Client, user: User, staff: User) -> None:
    assert 'name="is_active"' not in desk.get(f"/admin/accounts/user/{user.id}/change/").content.decode()
    assert 'name="is_active"' in desk.get(f"/admin/accounts/user/{staff.id}/change/").content.decode()
