"""Staff adjust points in the admin: seen, explained, and once per form."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.points import four_eyes
from apps.points.models import PendingAdjustment, PointTransaction, UserPoints
from tests.audit_log import written
from tests.conftest import at


@pytest.fixture
def desk(staff: User) -> Client:
    """A browser with a member of staff in front of it."""
    client = Client()
    client.force_login(staff)
    return client


def page_of(user: User) -> str:
    return f"/admin/points/userpoints/adjust/{user.id}/"


def filled_in(desk: Client, user: User, amount: int = 500, reason: str = "The clip was broken") -> dict[str, Any]:
    page = desk.get(page_of(user)).content.decode()
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return {"amount": amount, "bucket": "granted", "reason": reason, "token": found[1]}


def test_an_adjustment_is_a_row_of_the_ledger_and_of_the_audit_log(desk: Client, user: User, staff: User) -> None:
    answer = desk.post(page_of(user), filled_in(desk, user))
    assert answer["Location"] == f"/admin/accounts/user/{user.id}/change/"
    row = PointTransaction.objects.get()
    assert (row.user, row.amount, row.granted_amount, row.staff, row.reason) == (
        user,
        500,
        500,
        staff,
        "The clip was broken",
    )
    assert [(deed.action, deed.object_id, deed.reason) for deed in written()] == [
        ("points.adjustment.made", str(user.id), "The clip was broken")
    ]


def test_clicking_twice_adjusts_once(desk: Client, user: User) -> None:
    form = filled_in(desk, user)
    for _ in range(2):
        assert desk.post(page_of(user), form).status_code == 302
    assert UserPoints.objects.get(user=user).balance == 500
    assert len(written()) == 1


@pytest.mark.parametrize("decide", [four_eyes.approve, four_eyes.refuse])
def test_what_was_asked_for_is_not_done_alone_by_the_same_form_on_another_day(
    desk: Client, user: User, decide: Callable[[int, int], PendingAdjustment]
) -> None:
    second = User.objects.create_superuser("second", "a-long-password-here")
    desk.post(page_of(user), filled_in(desk, user, 9_000))
    form = filled_in(desk, user, 6_000)
    desk.post(page_of(user), form)
    pending = PendingAdjustment.objects.get()
    with at(timezone.now() + timedelta(days=1, minutes=5)):
        desk.force_login(pending.requested_by)
        assert "points wait for a second" in desk.post(page_of(user), form, follow=True).content.decode()
        assert UserPoints.objects.get(user=user).balance == 9_000
        decision = decide(pending.id, second.pk).decision
        told = desk.post(page_of(user), form, follow=True).content.decode()
    assert f"+6000 points were asked for by this form already: {decision}." in told
    assert UserPoints.objects.get(user=user).balance == (15_000 if decision == "approved" else 9_000)
    assert [deed.action for deed in written()] == ["points.adjustment.made", "points.adjustment.asked"]


def test_what_was_done_alone_is_not_asked_for_by_the_same_form_on_another_day(desk: Client, user: User) -> None:
    form = filled_in(desk, user, 6_000)
    desk.post(page_of(user), form)
    with at(timezone.now() + timedelta(days=1, minutes=5)):
        desk.force_login(User.objects.get(username="boss"))
        desk.post(page_of(user), filled_in(desk, user, 9_000))
        assert desk.post(page_of(user), form).status_code == 302
    assert not PendingAdjustment.objects.exists()
    assert UserPoints.objects.get(user=user).balance == 15_000


@pytest.mark.parametrize("change", [{"amount": 600}, {"amount": 60_000}, {"bucket": "purchased"}], ids=str)
def test_a_form_that_was_sent_already_does_nothing_else(desk: Client, user: User, change: dict[str, Any]) -> None:
    form = filled_in(desk, user)
    desk.post(page_of(user), form)
    answer = desk.post(page_of(user), form | change)
    assert "This form has moved points already" in answer.content.decode()
    assert UserPoints.objects.get(user=user).balance == 500
    assert not PendingAdjustment.objects.exists()


def test_taking_more_than_is_there_is_refused_on_the_form(desk: Client, user: User) -> None:
    answer = desk.post(page_of(user), filled_in(desk, user, -5))
    assert answer.status_code == 200
    assert "Only 0 points are left in that bucket." in answer.content.decode()
    assert not PointTransaction.objects.exists()


@pytest.mark.parametrize("change", [{"amount": 0}, {"reason": " "}, {"amount": 1_000_001}, {"token": "x"}], ids=str)
def test_a_form_that_is_not_filled_in_is_refused(desk: Client, user: User, change: dict[str, Any]) -> None:
    assert desk.post(page_of(user), filled_in(desk, user) | change).status_code == 200
    assert not PointTransaction.objects.exists()


def test_the_page_is_for_those_who_may(user: User, db: None) -> None:
    clerk = User.objects.create_user("clerk", "a-long-password-here", is_staff=True)
    client = Client()
    client.force_login(clerk)
    assert client.get(page_of(user)).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="adjust_points"))
    assert client.get(page_of(user)).status_code == 200


def test_the_users_page_leads_there(desk: Client, user: User) -> None:
    assert page_of(user) in desk.get(f"/admin/accounts/user/{user.id}/change/").content.decode()


def test_nobody_types_into_the_ledger(desk: Client, user: User) -> None:
    desk.post(page_of(user), filled_in(desk, user))
    row = PointTransaction.objects.get()
    assert desk.get("/admin/points/pointtransaction/").status_code == 200
    assert desk.post(f"/admin/points/pointtransaction/{row.id}/change/", {"amount": 1}).status_code == 403
    assert desk.get("/admin/points/pointtransaction/add/").status_code == 403
    assert desk.post(f"/admin/points/pointtransaction/{row.id}/delete/", {"post": "yes"}).status_code == 403


def test_the_user_reads_the_title_and_not_the_reason(desk: Client, user: User, app: Any) -> None:
    desk.post(page_of(user), filled_in(desk, user))
    body = app.get("/api/v1/points/transactions").json()
    assert body["items"][0]["title"] == "Adjusted by support"
    assert "The clip was broken" not in str(body)
