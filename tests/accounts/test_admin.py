"""What staff may type about a person, and what a typed word leaves alone."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client, RequestFactory

from apps.accounts import vip
from apps.accounts.models import User
from apps.accounts.vip import Vip
from tests.audit_log import written

BECAUSE = {"audit_reason": "a test"}


def typed(rf: RequestFactory, staff: User, user: User, **fields: Any) -> Any:
    """The form of a person as it was sent, before it is saved."""
    request = rf.post("/", fields | BECAUSE)
    request.user = staff
    form = admin.site._registry[User].get_form(request, user, change=True)(request.POST, instance=user)
    assert form.is_valid()
    return request, form


def save(browser: Client, user: User, **fields: str) -> User:
    assert browser.post(f"/admin/accounts/user/{user.id}/change/", fields | BECAUSE).status_code == 302
    return User.objects.get(id=user.id)


def test_what_changes_while_staff_type_is_not_undone(rf: RequestFactory, staff: User, user: User) -> None:
    request, form = typed(rf, staff, User.objects.get(id=user.id), nickname="Ming")
    vip.write(user.id, Vip(is_lifetime=True))
    page = admin.site._registry[User]
    page.save_model(request, form.instance, form, change=True)
    page.log_change(request, form.instance, [])
    read = User.objects.get(id=user.id)
    assert (read.nickname, read.vip_is_lifetime) == ("Ming", True)
    assert read.updated_at > user.updated_at
    assert [sorted(deed.after or ()) for deed in written()] == [["nickname", "updated_at"]]


class TestWhatSuperusersAloneSwitch:
    @pytest.fixture(params=["support", "admin"])
    def clerk(self, request: pytest.FixtureRequest, db: None) -> Client:
        member = User.objects.create_user("ann", "a-long-password-here", is_staff=True)
        member.groups.set(Group.objects.filter(name=request.param))
        browser = Client()
        browser.force_login(member)
        return browser

    @pytest.mark.parametrize("was", [True, False])
    def test_nobody_else_switches_staff_on_or_off(self, clerk: Client, staff: User, was: bool) -> None:
        User.objects.filter(id=staff.id).update(is_active=was)
        assert save(clerk, staff, **({} if was else {"is_active": "on"})).is_active is was

    def test_nobody_else_makes_a_tester(self, clerk: Client, user: User) -> None:
        saved = save(clerk, user, nickname="Ming", is_tester="on")
        assert (saved.nickname, saved.is_tester) == ("Ming", False)

    def test_superusers_do_both(self, client: Client, staff: User, user: User) -> None:
        client.force_login(staff)
        assert save(client, user, is_tester="on").is_tester
        other = User.objects.create_user("ann", "a-long-password-here", is_staff=True)
        assert not save(client, other).is_active
