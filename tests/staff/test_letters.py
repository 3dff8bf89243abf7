"""Staff are told by mail what concerns their account and what waits for them; no mail is lost or sent twice."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.staff import letters
from apps.staff.models import Letter, Mailbox
from apps.staff.tasks import send_letters
from tests.staff.conftest import PASSWORD, at_work, enrolled, member

pytestmark = pytest.mark.django_db
ADDRESS = "ann@staff.example"


class NotToday(EmailBackend):
    """A mail server that hangs up."""

    def send_messages(self, messages: Any) -> int:
        raise SMTPServerDisconnected("Connection unexpectedly closed")


@pytest.fixture
def ann() -> User:
    ann = member("ann", "support")
    Mailbox.objects.create(staff=ann, address=ADDRESS)
    return ann


def subjects() -> list[str]:
    return [letter.subject for letter in Letter.objects.order_by("id")]


class TestSending:
    def test_a_letter_arrives_once(self, ann: User) -> None:
        letters.tell([ann.pk], "News", "There are some.")
        send_letters()
        send_letters()
        (sent,) = mail.outbox
        assert (sent.to, sent.subject, sent.body) == ([ADDRESS], "[PicKitchen local] News", "There are some.")

    def test_one_that_is_not_taken_is_tried_again_later_and_not_at_once(self, ann: User, settings: Any) -> None:
        letters.tell([ann.pk], "News", "There are some.")
        now = timezone.now()
        settings.EMAIL_BACKEND = f"{__name__}.NotToday"
        assert letters.send_waiting(now) == 0
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        assert letters.send_waiting(now) == 0
        assert letters.send_waiting(now + letters.FIRST_WAIT) == 1
        assert len(mail.outbox) == 1

    def test_of_two_who_send_the_same_one_does(self, ann: User) -> None:
        letters.tell([ann.pk], "News", "There are some.")
        letter, now = Letter.objects.get(), timezone.now()
        assert [letters._sent(letter, now), letters._sent(letter, now)] == [True, False]

    def test_what_is_no_news_any_more_is_not_sent_and_one_day_forgotten(self, ann: User) -> None:
        letters.tell([ann.pk], "News", "There are some.")
        later = timezone.now() + letters.TRIED_FOR + timedelta(seconds=1)
        assert letters.send_waiting(later) == 0
        assert letters.forget_old(later) == 0
        assert letters.forget_old(timezone.now() + letters.KEPT_FOR + timedelta(seconds=1)) == 1

    @pytest.mark.parametrize("gone", [{"is_active": False}, {"is_staff": False}], ids=str)
    def test_who_may_not_log_in_is_told_nothing(self, ann: User, gone: dict[str, bool]) -> None:
        User.objects.filter(pk=ann.pk).update(**gone)
        letters.tell([ann.pk], "News", "There are some.")
        assert not Letter.objects.exists()

    def test_who_has_no_mailbox_is_told_nothing(self) -> None:
        letters.tell([member("bob", "support").pk], "News", "There are some.")
        assert not Letter.objects.exists()


class TestOnesOwnAccount:
    @pytest.fixture
    def browser(self) -> Client:
        ann, browser = at_work("ann", "support")
        Mailbox.objects.create(staff=ann, address=ADDRESS)
        return browser

    def test_the_first_second_factor(self, ann: User) -> None:
        enrolled(Client(), ann)
        assert subjects() == ["A second factor was set up for your account"]
        assert "tell an administrator at once" in Letter.objects.get().text

    def test_new_recovery_codes_and_the_end_of_all_sessions(self, browser: Client) -> None:
        browser.post("/admin/second-factor/own/")
        browser.post("/admin/second-factor/own/", {"end_sessions": "1"})
        assert subjects() == ["You were given new recovery codes", "All your sessions were ended"]

    def test_a_new_password(self, browser: Client) -> None:
        new = "another-long-password"
        form = {"old_password": "wrong", "new_password1": new, "new_password2": new}
        assert browser.post("/admin/password_change/", form).status_code == 200
        assert subjects() == []
        assert browser.post("/admin/password_change/", form | {"old_password": PASSWORD}).status_code == 302
        assert subjects() == ["Your password was changed"]

    def test_what_is_done_in_a_shell(self, ann: User) -> None:
        call_command("reset_second_factor", "ann", "--reason", "lost the phone")
        call_command("staff_account", "ann", "--role", "finance")
        assert subjects() == [
            "Your second factor was taken off your account; the next login sets up a new one",
            "Your account was changed; its roles: finance",
        ]

    def test_the_shell_gives_a_mailbox(self) -> None:
        call_command("staff_account", "bob", "--role", "support", "--mail", "bob@staff.example")
        assert Letter.objects.get().address == "bob@staff.example"

    def test_the_old_address_is_told_also_by_the_shell(self, ann: User) -> None:
        call_command("staff_account", "ann", "--role", "support", "--mail", "new@staff.example")
        told = Letter.objects.order_by("id").values_list("address", "subject")
        assert told[0] == (ADDRESS, "The address of your mailbox was changed")
        assert [address for address, _ in told] == [ADDRESS, "new@staff.example"]

    def test_what_is_no_address_is_refused(self) -> None:
        with pytest.raises(CommandError, match="bob is no mail address"):
            call_command("staff_account", "bob", "--mail", "bob")
        assert not User.objects.filter(username="bob").exists()

    def test_the_old_address_is_told_of_the_new_one(self, ann: User) -> None:
        _, admin = at_work("boss", "admin")
        mailbox = Mailbox.objects.get(staff=ann)
        form = {"staff": str(ann.pk), "address": "new@staff.example", "audit_reason": "she asked"}
        assert admin.post(f"/admin/staff/mailbox/{mailbox.pk}/change/", form).status_code == 302
        assert Letter.objects.get().address == ADDRESS
        assert Mailbox.objects.get(staff=ann).address == "new@staff.example"
        assert admin.post(f"/admin/staff/mailbox/{mailbox.pk}/delete/", {"post": "yes"}).status_code == 403

    def test_nobody_is_given_the_mailbox_of_another(self, ann: User) -> None:
        _, admin = at_work("boss", "admin")
        mailbox = Mailbox.objects.get(staff=ann)
        form = {"staff": str(member("bob", "support").pk), "address": ADDRESS, "audit_reason": "a mistake"}
        admin.post(f"/admin/staff/mailbox/{mailbox.pk}/change/", form)
        assert Mailbox.objects.get().staff == ann

    def test_only_staff_are_given_a_mailbox(self, user: User) -> None:
        _, admin = at_work("boss", "admin")
        form = {"staff": str(user.pk), "address": "user@app.example", "audit_reason": "a mistake"}
        assert admin.post("/admin/staff/mailbox/add/", form).status_code == 200
        assert not Mailbox.objects.exists()
