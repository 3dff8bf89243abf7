"""Who answers for the money exports lists, after saying why."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.core.scrubbing import REMOVED
from apps.staff.models import StaffAction
from tests.conftest import at
from tests.staff.conftest import at_work

USERS = "/admin/accounts/user/"


@pytest.fixture
def finance(db: None) -> Client:
    return at_work("bob", "finance")[1]


def export(browser: Client, *users: User, address: str = USERS, **fields: str) -> Any:
    chosen = [str(user.pk) for user in users]
    return browser.post(address, {"action": "export_csv", "_selected_action": chosen, **fields})


def text_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_first_it_asks_why(finance: Client, user: User) -> None:
    page = export(finance, user).content.decode()
    assert "1 chosen" in page
    assert 'name="reason"' in page
    assert not StaffAction.objects.filter(action__startswith="export").exists()


def test_the_chosen_rows_come_with_formulas_made_harmless(finance: Client, user: User, staff: User) -> None:
    User.objects.filter(pk=user.pk).update(nickname="=1+1")
    answer = export(finance, user, reason="For the year's books")
    assert answer["Content-Disposition"].startswith('attachment; filename="user-')
    rows = text_of(answer).splitlines()
    assert len(rows) == 2
    assert f"{user.pk}," in rows[1]
    assert ",'=1+1," in rows[1]


def test_everything_that_is_filtered_comes_when_all_is_chosen(finance: Client, user: User, staff: User) -> None:
    answer = export(finance, user, address=f"{USERS}?is_staff__exact=0", select_across="1", reason="All")
    rows = text_of(answer).splitlines()
    assert len(rows) == 1 + User.objects.filter(is_staff=False).count()


def test_it_is_written_down_with_the_reason(finance: Client, user: User) -> None:
    text_of(export(finance, user, reason="For the year's books"))
    begun, ended = StaffAction.objects.filter(action__startswith="export").order_by("id")
    assert (begun.action, begun.reason, begun.after) == (
        "export.begun",
        "For the year's books",
        {"list": "accounts.user", "filters": {}, "chosen": [str(user.pk)]},
    )
    assert (ended.action, ended.after, ended.staff) == (
        "export.ended",
        {"list": "accounts.user", "rows": 1},
        begun.staff,
    )


def test_a_nickname_that_was_searched_for_is_not_written_down(finance: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(nickname="Ann")
    address = f"{USERS}?q=Ann&is_staff__exact=0"
    assert len(text_of(export(finance, user, address=address, select_across="1", reason="All")).splitlines()) == 2
    begun: Any = StaffAction.objects.get(action="export.begun")
    assert begun.after["filters"] == {"q": REMOVED, "is_staff__exact": "0"}


@pytest.mark.parametrize("role", ["support", "operator"])
def test_it_is_not_for_everybody(db: None, user: User, role: str) -> None:
    _, browser = at_work("eve", role)
    assert "export_csv" not in browser.get(USERS).content.decode()
    assert not export(browser, user, reason="Me too").streaming
    assert not StaffAction.objects.filter(action__startswith="export").exists()


@pytest.mark.parametrize(("minutes", "fields"), [(11, {}), (21, {"reason": "For the year's books"})])
def test_it_needs_a_fresh_code(finance: Client, user: User, minutes: int, fields: dict[str, str]) -> None:
    with at(timezone.now() + timedelta(minutes=minutes)):
        answer = export(finance, user, **fields)
    assert answer["Location"].startswith("/admin/second-factor/again/")


def test_what_was_begun_with_a_fresh_code_is_finished(finance: Client, user: User) -> None:
    with at(timezone.now() + timedelta(minutes=19)):
        assert text_of(export(finance, user, reason="For the year's books"))


def test_other_lists_are_not_exported(finance: Client) -> None:
    assert "export_csv" not in finance.get("/admin/points/weeklyrewardrun/").content.decode()
