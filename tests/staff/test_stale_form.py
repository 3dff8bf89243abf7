"""What two members of staff do to one row at the same time."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from apps.accounts.models import User
from apps.remoteconfig.models import PointsPack
from apps.staff.models import StaffAction
from apps.staff.stale_form import SEEN, STALE
from tests.staff.conftest import at_work, enrolled


@pytest.fixture
def desk(staff: User) -> Client:
    browser = Client()
    enrolled(browser, staff)
    return browser


@pytest.fixture
def pack(db: None) -> PointsPack:
    return PointsPack.objects.create(product_id="points_500", points=500)


def opened(desk: Client, address: str) -> dict[str, Any]:
    """The form as the page has it, as a browser sends it back."""
    answer = desk.get(address)
    form = answer.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    fields = {name: value for name, value in values.items() if value is not None and value is not False}
    seen = re.search(rf'name="{SEEN}" value="([0-9a-f]*)"', answer.content.decode())
    assert seen
    return fields | {"audit_reason": "a test", SEEN: seen[1]}


def page_of(pack: PointsPack) -> str:
    return f"/admin/remoteconfig/pointspack/{pack.id}/change/"


def test_a_form_that_was_opened_before_anothers_change_does_not_undo_it(desk: Client, pack: PointsPack) -> None:
    form = opened(desk, page_of(pack))
    _, other = at_work("bob", "finance")
    assert other.post(page_of(pack), opened(other, page_of(pack)) | {"is_offered": ""}).status_code == 302
    for _ in range(2):
        assert STALE in desk.post(page_of(pack), form | {"points": 550}).content.decode()
    pack.refresh_from_db()
    assert (pack.points, pack.is_offered) == (500, False)
    assert desk.post(page_of(pack), opened(desk, page_of(pack)) | {"points": 550}).status_code == 302
    pack.refresh_from_db()
    assert (pack.points, pack.is_offered) == (550, False)


def test_what_its_user_changed_meanwhile_is_kept(desk: Client, user: User) -> None:
    page = f"/admin/accounts/user/{user.id}/change/"
    form = opened(desk, page)
    User.objects.filter(id=user.id).update(nickname="Ann")
    assert desk.post(page, form | {"is_tester": "on"}).status_code == 200
    user.refresh_from_db()
    assert (user.nickname, user.is_tester) == ("Ann", False)


def test_what_the_form_does_not_show_may_change_meanwhile(desk: Client, user: User) -> None:
    page = f"/admin/accounts/user/{user.id}/change/"
    form = opened(desk, page)
    User.objects.filter(id=user.id).update(locale="de")
    assert desk.post(page, form | {"is_tester": "on"}).status_code == 302


def test_a_second_click_finds_what_it_wanted_done(desk: Client, pack: PointsPack) -> None:
    form = opened(desk, page_of(pack)) | {"points": 5_000, "confirmed": "on"}
    assert [desk.post(page_of(pack), form).status_code for _ in range(2)] == [302, 302]


def test_the_rights_of_a_group_are_of_its_row(desk: Client) -> None:
    group, right = Group.objects.create(name="interns"), Permission.objects.all()[0]
    page = f"/admin/auth/group/{group.pk}/change/"
    form = opened(desk, page)
    group.permissions.add(right)
    assert desk.post(page, form | {"name": "trainees"}).status_code == 200
    assert list(group.permissions.all()) == [right]


def test_a_row_that_is_new_replaces_none(desk: Client) -> None:
    form = opened(desk, "/admin/remoteconfig/pointspack/add/")
    assert form[SEEN] == ""
    answer = desk.post("/admin/remoteconfig/pointspack/add/", form | {"product_id": "points_700", "points": 700})
    assert answer.status_code == 302
    assert StaffAction.objects.latest("id").action == "remoteconfig.pointspack.add"
