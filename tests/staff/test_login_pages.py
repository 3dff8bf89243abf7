"""Staff come in by a password and a second factor, and not otherwise."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.staff.models import SecondFactor, StaffAction
from tests.conftest import at
from tests.staff.conftest import PASSWORD, at_work, code_of, enrolled, give_code, give_password, member

HOME = "/admin/"
AGAIN = "/admin/second-factor/again/"
OWN = "/admin/second-factor/own/"


def is_in(browser: Client) -> bool:
    return browser.get(HOME).status_code == 200


def actions() -> list[str]:
    return list(StaffAction.objects.order_by("id").values_list("action", flat=True))


def test_the_first_login_sets_up_a_second_factor(browser: Client, staff: User) -> None:
    assert give_password(browser)["Location"] == "/admin/second-factor/"
    page = browser.get("/admin/second-factor/").content.decode()
    assert "Scan this" in page
    assert "qrline" in page
    assert re.search(r"<code[^>]*>[A-Z2-7]{32}</code>", page)
    shown = give_code(browser, code_of(staff))
    assert len(re.findall(r"<code>[a-z2-7-]{19}</code>", shown.content.decode())) == 10
    assert is_in(browser)
    assert actions() == ["login", "second_factor.set"]


def test_of_two_who_know_the_password_neither_sees_the_secret_of_the_other(staff: User) -> None:
    """One of them is its owner, at the first login; the other has read the letter with the password before."""
    secrets, page = [], "/admin/second-factor/"
    stranger, owner = Client(), Client()
    for browser in (stranger, owner):
        give_password(browser)
        for _ in range(2):
            secrets += re.findall(r"<code[^>]*>([A-Z2-7]{32})</code>", browser.get(page).content.decode())
    assert secrets == [secrets[0], secrets[0], secrets[2], secrets[2]]
    assert secrets[0] != secrets[2]
    give_code(owner, code_of(staff))
    assert is_in(owner)
    assert "Scan this" not in stranger.get(page).content.decode()


def test_a_password_alone_opens_nothing(browser: Client, staff: User) -> None:
    give_password(browser)
    assert not is_in(browser)
    assert browser.get("/admin/accounts/user/").status_code == 302
    assert "_auth_user_id" not in browser.session


def test_a_session_without_a_proof_opens_nothing(browser: Client, staff: User) -> None:
    browser.force_login(staff)
    assert not is_in(browser)


def test_a_later_login_asks_for_a_code_and_leads_on(staff: User) -> None:
    enrolled(Client(), staff)
    browser = Client()
    give_password(browser, next_page="/admin/accounts/user/")
    assert "Scan this" not in browser.get("/admin/second-factor/").content.decode()
    assert give_code(browser, code_of(staff, 1))["Location"] == "/admin/accounts/user/"
    assert is_in(browser)


def test_a_recovery_code_is_asked_for_by_who_has_some_alone(browser: Client, staff: User) -> None:
    give_password(browser)
    assert "or a recovery code" not in browser.get("/admin/second-factor/").content.decode()
    give_code(browser, code_of(staff))
    later = Client()
    give_password(later)
    assert "or a recovery code" in later.get("/admin/second-factor/").content.decode()


def test_the_way_on_is_never_elsewhere(staff: User) -> None:
    enrolled(Client(), staff)
    browser = Client()
    give_password(browser, next_page="https://evil.example/")
    assert give_code(browser, code_of(staff, 1))["Location"] == HOME


def test_a_code_that_logged_in_once_does_not_again(staff: User) -> None:
    enrolled(Client(), staff)
    code = code_of(staff, 1)
    for expected in (302, 400):
        browser = Client()
        give_password(browser)
        assert give_code(browser, code).status_code == expected
    assert "second_factor.failed" in actions()


def test_a_recovery_code_logs_in_once(staff: User) -> None:
    codes = enrolled(Client(), staff)
    for expected in (302, 400):
        browser = Client()
        give_password(browser)
        assert give_code(browser, codes[0]).status_code == expected


def test_nobody_comes_to_the_second_step_without_the_first(browser: Client, staff: User) -> None:
    assert browser.get("/admin/second-factor/")["Location"] == "/admin/login/"
    assert give_code(browser, "123456")["Location"] == "/admin/login/"


def test_the_second_step_waits_five_minutes(browser: Client, staff: User) -> None:
    give_password(browser)
    with at(timezone.now() + timedelta(minutes=6)):
        assert browser.get("/admin/second-factor/")["Location"] == "/admin/login/"


def test_a_password_that_was_changed_in_between_counts_no_more(browser: Client, staff: User) -> None:
    give_password(browser)
    staff.set_password("another-long-password")
    staff.save()
    assert browser.get("/admin/second-factor/")["Location"] == "/admin/login/"


def test_the_session_key_is_a_new_one_at_each_step(browser: Client, staff: User) -> None:
    keys = []
    give_password(browser)
    keys.append(browser.session.session_key)
    browser.get("/admin/second-factor/")
    give_code(browser, code_of(staff))
    keys.append(browser.session.session_key)
    assert len(set(keys)) == 2


@pytest.mark.parametrize(("pause", "goes_on"), [(timedelta(minutes=25), True), (timedelta(minutes=31), False)])
def test_an_idle_session_ends_after_half_an_hour(staff: User, pause: timedelta, goes_on: bool) -> None:
    browser = Client()
    enrolled(browser, staff)
    with at(timezone.now() + pause):
        assert is_in(browser) == goes_on


def test_a_busy_session_ends_after_eight_hours(staff: User) -> None:
    browser = Client()
    enrolled(browser, staff)
    begun = timezone.now()
    for minutes in range(20, 8 * 60, 20):
        with at(begun + timedelta(minutes=minutes)):
            assert is_in(browser), minutes
    with at(begun + timedelta(hours=8, seconds=1)):
        assert not is_in(browser)


def test_failed_logins_are_written_down_without_what_strangers_typed(browser: Client, staff: User) -> None:
    give_password(browser, password="wrong-password-here")
    give_password(browser, name="my-secret-typed-into-the-wrong-field")
    assert actions() == ["login.failed", "login.failed"]
    known, unknown = StaffAction.objects.order_by("id")
    assert (known.object_id, unknown.object_id, known.address) == (str(staff.pk), "", "127.0.0.1")
    assert "my-secret" not in str(list(StaffAction.objects.values()))


def test_logging_out_is_written_down(staff: User) -> None:
    browser = Client()
    enrolled(browser, staff)
    browser.post("/admin/logout/")
    assert actions()[-1] == "logout"
    assert not is_in(browser)


def test_a_device_user_never_gets_in(browser: Client, user: User) -> None:
    user.username = "phone"
    user.set_password(PASSWORD)
    user.save()
    assert give_password(browser, "phone").status_code == 200
    assert browser.get("/admin/second-factor/")["Location"] == "/admin/login/"


class TestDangerousPages:
    def page(self, user: User) -> str:
        return f"/admin/points/userpoints/adjust/{user.id}/"

    def test_a_proof_of_long_ago_is_asked_for_again(self, staff: User, user: User) -> None:
        browser = Client()
        enrolled(browser, staff)
        assert browser.get(self.page(user)).status_code == 200
        with at(timezone.now() + timedelta(minutes=11)):
            answer = browser.get(self.page(user))
            assert answer["Location"] == f"{AGAIN}?next={self.page(user).replace('/', '%2F')}"
            assert browser.post(answer["Location"], {"code": code_of(staff)})["Location"] == self.page(user)
            assert browser.get(self.page(user)).status_code == 200

    def test_a_wrong_code_leads_nowhere(self, staff: User, user: User) -> None:
        browser = Client()
        enrolled(browser, staff)
        assert browser.post(f"{AGAIN}?next=/admin/", {"code": "no-such-code"}).status_code == 400


class TestOwnPage:
    def test_ending_all_sessions_ends_the_others_too(self, staff: User) -> None:
        one, other = Client(), Client()
        enrolled(one, staff)
        give_password(other)
        give_code(other, code_of(staff, 1))
        assert is_in(other)
        one.post(OWN, {"end_sessions": "1"})
        assert (is_in(one), is_in(other)) == (False, False)

    def test_new_recovery_codes_are_shown_once(self, staff: User) -> None:
        browser = Client()
        enrolled(browser, staff)
        assert "10 of your recovery codes are unused" in browser.get(OWN).content.decode()
        assert len(re.findall(r"<code>", browser.post(OWN).content.decode())) == 10
        assert "<code>" not in browser.get(OWN).content.decode()


def test_without_the_setting_a_password_is_enough(browser: Client, staff: User, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False
    assert give_password(browser)["Location"] == HOME
    assert is_in(browser)
    assert not SecondFactor.objects.exists()


def test_a_suspended_member_is_out_at_once(db: None) -> None:
    user, browser = at_work("ann", "support")
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert not is_in(browser)
    assert give_password(Client(), member("bob", "support").username or "").status_code == 302
