"""Whatever staff save, delete or start in the admin is written down, with what it was before and after."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import Client

from apps.accounts.models import User
from apps.core.scrubbing import REMOVED
from apps.remoteconfig.models import PointsPack
from apps.staff.models import StaffAction
from apps.staff.staff_page import StaffPage
from tests.staff.conftest import at_work, enrolled

BECAUSE = {"audit_reason": "a test"}


@pytest.fixture
def desk(staff: User) -> Client:
    browser = Client()
    enrolled(browser, staff)
    return browser


def last() -> Any:
    return StaffAction.objects.latest("id")


def test_every_page_of_the_admin_is_one() -> None:
    assert [model for model, page in admin.site._registry.items() if not isinstance(page, StaffPage)] == []


def test_a_change_tells_only_what_changed(desk: Client, user: User) -> None:
    answer = desk.post(f"/admin/accounts/user/{user.id}/change/", filled_in(desk, user) | {"is_tester": "on"} | BECAUSE)
    assert answer.status_code == 302
    line = last()
    assert (line.action, line.object_id, line.reason, line.before, line.after) == (
        "accounts.user.change",
        str(user.id),
        "a test",
        {"is_tester": False, "updated_at": line.before["updated_at"]},
        {"is_tester": True, "updated_at": line.after["updated_at"]},
    )
    assert line.request_id == answer["X-Request-ID"]


def test_a_nickname_is_told_as_changed_and_not_as_what(desk: Client, user: User) -> None:
    User.objects.filter(id=user.id).update(nickname="Ann Lee")
    desk.post(f"/admin/accounts/user/{user.id}/change/", filled_in(desk, user) | {"nickname": "Ann"} | BECAUSE)
    assert (last().before["nickname"], last().after["nickname"]) == (REMOVED, REMOVED)


def filled_in(desk: Client, user: User) -> dict[str, Any]:
    page = desk.get(f"/admin/accounts/user/{user.id}/change/").context["adminform"].form
    fields = {name: page.initial[name] for name in page.fields if page.initial.get(name) not in (None, False)}
    return fields | {"devices-TOTAL_FORMS": "0", "devices-INITIAL_FORMS": "0"}


def test_additions_and_deletions_tell_the_row(desk: Client, db: None) -> None:
    pack = {"product_id": "pk_new", "points": 70, "bonus_points": 0, "sort": 0}
    desk.post("/admin/remoteconfig/pointspack/add/", pack | BECAUSE)
    assert (last().action, last().reason, last().after["points"]) == ("remoteconfig.pointspack.add", "a test", 70)
    group = Group.objects.create(name="interns")
    desk.post(f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"})
    assert (last().action, last().before["name"]) == ("auth.group.delete", "interns")


def test_nothing_is_saved_without_a_reason(desk: Client, user: User) -> None:
    page = f"/admin/accounts/user/{user.id}/change/"
    for reason in ({}, {"audit_reason": "  "}):
        answer = desk.post(page, filled_in(desk, user) | {"nickname": "Ann"} | reason)
        assert answer.context["adminform"].form.errors.keys() == {"audit_reason"}
    user.refresh_from_db()
    assert user.nickname == ""


def test_each_form_asks_once(desk: Client) -> None:
    page = desk.get("/admin/emoji/emojitemplate/add/").content.decode()
    assert page.count('name="audit_reason"') == 1


def test_who_may_only_look_is_not_asked_why(user: User) -> None:
    _, browser = at_work("ann", "finance")
    for row in (user, user.devices.get()):
        page = browser.get(f"/admin/accounts/{row._meta.model_name}/{row.pk}/change/")
        assert page.status_code == 200
        assert "audit_reason" not in page.content.decode()


def test_deleting_many_at_once_tells_each(desk: Client) -> None:
    groups = [Group.objects.create(name=f"interns {number}") for number in range(2)]
    chosen = {"action": "delete_selected", "_selected_action": [group.pk for group in groups], "post": "yes"}
    desk.post("/admin/auth/group/", chosen)
    told: Any = StaffAction.objects.filter(action="auth.group.delete")
    assert {line.before["name"] for line in told} == {"interns 0", "interns 1"}
    assert StaffAction.objects.filter(action="auth.group.action.delete_selected").exists()


def test_rights_that_change_are_told(desk: Client) -> None:
    group = Group.objects.create(name="interns")
    rights = sorted(str(pk) for pk in Permission.objects.values_list("pk", flat=True)[:2])
    desk.post(f"/admin/auth/group/{group.pk}/change/", {"name": "interns", "permissions": rights} | BECAUSE)
    assert (last().action, last().before, last().after) == (
        "auth.group.change",
        {"permissions": []},
        {"permissions": rights},
    )


def test_what_failed_is_not_told(desk: Client) -> None:
    pack = PointsPack.objects.create(product_id="pk_same", points=9)
    before = StaffAction.objects.count()
    desk.post(f"/admin/remoteconfig/pointspack/{pack.pk}/change/", {"points": ""})
    assert StaffAction.objects.count() == before
