"""The pages of four eyes: one asks, another one decides, and both are in the audit log."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from apps.accounts.models import User
from apps.points.models import PendingAdjustment, PointTransaction
from apps.staff.models import StaffAction


def at_work(name: str, role: str) -> Client:
    member = User.objects.create_user(name, "a-long-password-here", is_staff=True)
    member.groups.add(Group.objects.get(name=role))
    browser = Client()
    browser.force_login(member)
    return browser


@pytest.fixture
def support(db: None) -> Client:
    return at_work("ann", "support")


@pytest.fixture
def finance(db: None) -> Client:
    return at_work("bob", "finance")


@pytest.fixture
def pending(support: Client, user: User) -> PendingAdjustment:
    form = {"amount": 20_000, "bucket": "granted", "reason": "A prize", "token": str(uuid4())}
    for _ in range(2):
        answer = support.post(f"/admin/points/userpoints/adjust/{user.id}/", form, follow=True)
        assert "+20000 points wait for a second member of staff." in answer.content.decode()
    assert not PointTransaction.objects.exists()
    return PendingAdjustment.objects.get()


def page_of(pending: PendingAdjustment) -> str:
    return f"/admin/points/pendingadjustment/{pending.id}/decide/"


def told() -> list[str]:
    lines = StaffAction.objects.filter(action__startswith="points.adjustment").order_by("id")
    return [f"{line.action.rpartition('.')[2]} by {line.staff}: {line.reason}" for line in lines]


def test_a_second_one_approves(finance: Client, pending: PendingAdjustment) -> None:
    assert page_of(pending) in finance.get("/admin/points/pendingadjustment/").content.decode()
    page = finance.get(page_of(pending)).content.decode()
    assert "+20,000 granted" in page
    assert "<dd>ann, " in page
    for expected in ("+20000 points: approved.", "It was approved already."):
        assert expected in finance.post(page_of(pending), {"approve": "1"}, follow=True).content.decode()
    assert PointTransaction.objects.get().amount == 20_000
    assert told()[-1] == "approved by bob: A prize"


def test_a_second_one_refuses(finance: Client, pending: PendingAdjustment) -> None:
    finance.post(page_of(pending), {"refuse": "1"})
    pending.refresh_from_db()
    assert (pending.decision, PointTransaction.objects.exists()) == ("refused", False)
    assert told()[-1] == "refused by bob: A prize"


def test_who_may_only_ask_does_not_decide(support: Client, pending: PendingAdjustment) -> None:
    assert support.get(page_of(pending)).status_code == 403
    assert support.post(page_of(pending), {"approve": "1"}).status_code == 403


def test_the_one_who_asked_does_not_decide_even_with_every_right(pending: PendingAdjustment, support: Client) -> None:
    User.objects.filter(username="ann").update(is_superuser=True)
    assert "This is your own" in support.get(page_of(pending)).content.decode()
    answer = support.post(page_of(pending), {"approve": "1"}, follow=True)
    assert "You asked for this yourself" in answer.content.decode()
    assert not PointTransaction.objects.exists()
