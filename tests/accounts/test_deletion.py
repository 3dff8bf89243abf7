"""A user leaves: closed at once, forgotten after a while, and until then free to come back."""

import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import deletion, erasure, suspension, vip
from apps.accounts.models import AccountDeletion, DataExport, Device, Session, User
from apps.accounts.tasks import carry_out_deletions
from apps.accounts.vip import Vip
from apps.core.models import IdempotencyRecord
from tests import held_up
from tests.conftest import app_of, at, our_clock_at

USER = "/api/v1/user"
UNDO = "/api/v1/user/deletion/cancel"
PROFILE = "/api/v1/user/profile"


class Phone:
    """A device as its owner has it: it can log in again."""

    def __init__(self) -> None:
        self.client = APIClient()
        self.shown = {
            "device_id": f"phone-{uuid4()}",
            "device_secret": "pkd1_" + secrets.token_urlsafe(32),
            "platform": "android",
            "app_version": "1.0.0",
        }

    def log_in(self) -> dict[str, Any]:
        answer: dict[str, Any] = APIClient().post("/api/v1/auth/login", self.shown, format="json").json()
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer['access_token']}")
        return answer

    def leave(self, **body: Any) -> Any:
        return self.client.delete(USER, {"confirm": "DELETE"} | body, format="json")


@pytest.fixture
def phone(db: None) -> Phone:
    phone = Phone()
    phone.log_in()
    return phone


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> dict[str, erasure.Erase]:
    """The registered parts, in place of those of the apps."""
    parts: dict[str, erasure.Erase] = {}
    monkeypatch.setattr(erasure, "_parts", parts)
    return parts


def due(days: float = 14) -> datetime:
    return timezone.now() + timedelta(days=days, seconds=1)


def carry_out(days: float = 14) -> None:
    with at(due(days)):
        carry_out_deletions()


class TestTheWish:
    def test_is_answered_with_a_date_and_the_way_to_the_store(self, phone: Phone) -> None:
        answer = phone.leave(reason="Too many emoji")
        assert answer.status_code == 202
        body = answer.json()
        assert body["status"] == "scheduled"
        assert body["delete_at"] == body["cancel_before"]
        assert body["has_active_subscription"] is False
        assert body["manage_subscription_url"] == "https://play.google.com/store/account/subscriptions"
        row = AccountDeletion.objects.get()
        assert row.reason == "Too many emoji"
        assert timedelta(days=13, hours=23) < row.due_at - timezone.now() < timedelta(days=14)

    @pytest.mark.parametrize("is_lifetime", [False, True])
    def test_tells_of_a_subscription_that_goes_on(self, phone: Phone, is_lifetime: bool) -> None:
        vip.write(User.objects.get().id, Vip(timezone.now() + timedelta(days=3), is_lifetime))
        assert phone.leave().json()["has_active_subscription"] is True

    @pytest.mark.parametrize("end", [None, timezone.now() - timedelta(days=3)])
    def test_tells_of_none_where_vip_is_for_good_or_over(self, phone: Phone, end: datetime | None) -> None:
        vip.write(User.objects.get().id, Vip(end, is_lifetime=end is None))
        assert phone.leave().json()["has_active_subscription"] is False

    def test_ends_every_session_at_once(self, phone: Phone) -> None:
        other = app_of(Device.objects.get())
        refresh_token = phone.log_in()["refresh_token"]
        phone.leave()
        for client in (phone.client, other):
            assert client.get(PROFILE).json()["code"] == "session_revoked"
        answer = APIClient().post("/api/v1/auth/refresh", {"refresh_token": refresh_token}, format="json")
        assert answer.json()["code"] == "session_revoked"

    @pytest.mark.parametrize("body", [{"confirm": "delete"}, {"confirm": ""}, {"confirm": None}, {"reason": "x" * 501}])
    def test_must_be_meant(self, phone: Phone, body: dict[str, Any]) -> None:
        assert phone.leave(**body).status_code == 422
        assert phone.client.get(PROFILE).status_code == 200

    def test_may_be_a_suspended_users(self, phone: Phone) -> None:
        suspension.suspend(User.objects.get().id, "spam")
        assert phone.leave().status_code == 202

    def test_is_not_taken_from_a_bare_session(self, phone: Phone) -> None:
        Session.objects.update(auth_level=Session.AuthLevel.BARE)
        answer = phone.leave()
        assert (answer.status_code, answer.json()["code"]) == (401, "device_secret_required")
        assert not AccountDeletion.objects.exists()

    def test_is_taken_once(self, user: User) -> None:
        first = deletion.schedule(user.id, "")
        assert deletion.schedule(user.id, "again") == first
        with pytest.raises(IntegrityError), transaction.atomic():
            AccountDeletion(user=user, due_at=timezone.now(), next_try_at=timezone.now()).save()


class TestComingBack:
    def test_a_login_while_it_waits_is_good_for_undoing_only(self, phone: Phone) -> None:
        phone.leave()
        assert phone.log_in()["account_state"] == "pending_deletion"
        for answer in (phone.client.get(PROFILE), phone.client.get("/api/v1/points/balance"), phone.leave()):
            assert (answer.status_code, answer.json()["code"]) == (403, "account_pending_deletion")
        assert phone.client.post(UNDO).json()["id"] == phone.log_in()["user"]["id"]

    def test_undoing_opens_the_account_again(self, phone: Phone) -> None:
        phone.leave()
        phone.log_in()
        phone.client.post(UNDO)
        assert phone.client.get(PROFILE).status_code == 200
        assert phone.log_in()["account_state"] == "active"
        carry_out()
        assert phone.log_in()["is_new_user"] is False

    def test_there_is_nothing_to_undo_without_a_wish(self, phone: Phone) -> None:
        answer = phone.client.post(UNDO)
        assert (answer.status_code, answer.json()["code"]) == (409, "deletion_not_scheduled")

    def test_undoing_is_of_ones_own_wish_and_once(self, user: User, new_device: Callable[[], Device]) -> None:
        other = new_device().user
        for somebody in (other, user):
            deletion.schedule(somebody.id, "")
        deletion.cancel(user.id)
        assert AccountDeletion.objects.get(canceled_at=None).user == other
        with pytest.raises(deletion.DeletionNotScheduled):
            deletion.cancel(user.id)

    def test_an_undone_wish_can_be_made_again(self, phone: Phone) -> None:
        phone.leave()
        phone.log_in()
        phone.client.post(UNDO)
        assert phone.leave().status_code == 202
        assert AccountDeletion.objects.count() == 2

    def test_undoing_does_not_lift_a_suspension(self, phone: Phone) -> None:
        phone.leave()
        phone.log_in()
        suspension.suspend(User.objects.get().id, "spam")
        assert phone.client.post(UNDO).json()["code"] == "account_suspended"


class TestForgetting:
    def test_waits_for_its_day(self, phone: Phone) -> None:
        phone.leave()
        carry_out(13)
        assert Device.objects.exists()
        assert phone.log_in()["is_new_user"] is False

    def test_waits_for_its_day_by_the_databases_clock_too(self, phone: Phone) -> None:
        phone.leave()
        with our_clock_at(due()):
            carry_out_deletions()
        assert AccountDeletion.objects.get().started_at is None

    def test_waits_for_its_day_though_the_wish_came_to_a_machine_whose_clock_is_far_behind(self, phone: Phone) -> None:
        user = User.objects.get()
        with our_clock_at(timezone.now() - timedelta(days=30)):
            deletion.schedule(user.id, "")
        carry_out_deletions()
        assert AccountDeletion.objects.get().started_at is None

    def test_leaves_a_user_who_is_nobody(self, phone: Phone) -> None:
        user = User.objects.get()
        phone.client.patch(PROFILE, {"nickname": "Ming", "locale": "zh", "timezone": "Asia/Shanghai"}, format="json")
        IdempotencyRecord.objects.create(
            user=user, scope="POST /", key="12345678", body_sha256=b"", status=201, answer=b"Ming"
        )
        phone.leave(reason="My name is Ming")
        carry_out()
        assert not Device.objects.exists()
        assert not Session.objects.exists()
        assert not IdempotencyRecord.objects.exists()
        kept = repr(User.objects.values()[0]) + repr(AccountDeletion.objects.values()[0])
        for word in ("Ming", "'zh'", "Shanghai"):
            assert word not in kept
        user.refresh_from_db()
        assert user.erased_at is not None
        assert not user.is_active
        assert AccountDeletion.objects.get().completed_at is not None

    def test_leaves_nothing_of_what_a_user_was_to_staff(self, user: User, part: dict[str, erasure.Erase]) -> None:
        User.objects.filter(id=user.id).update(is_tester=True, avatar_key="avatars/1/1.jpg")
        suspension.suspend(user.id, "spam", until=timezone.now() + timedelta(days=30))
        deletion.schedule(user.id, "")
        before = User.objects.get()
        carry_out()
        user.refresh_from_db()
        assert (user.is_tester, user.avatar_key, user.deletion_due_at) == (False, "", None)
        assert (user.suspended_at, user.suspended_until, user.suspension_reason) == (None, None, "")
        assert user.token_version > before.token_version
        assert user.profile_version > before.profile_version

    def test_takes_the_words_of_undone_wishes_along(self, phone: Phone) -> None:
        phone.leave(reason="My name is Ming")
        phone.log_in()
        phone.client.post(UNDO)
        phone.leave()
        assert "Ming" in repr(list(AccountDeletion.objects.values()))
        carry_out()
        assert AccountDeletion.objects.get(canceled_at=None).completed_at is not None
        assert "Ming" not in repr(list(AccountDeletion.objects.values()))

    def test_makes_the_phone_a_new_one(self, phone: Phone) -> None:
        phone.leave()
        carry_out()
        again = phone.log_in()
        assert again["is_new_user"] is True
        assert User.objects.count() == 2

    def test_without_a_wait_happens_at_the_next_run(self, phone: Phone, settings: Any) -> None:
        settings.ACCOUNT_DELETION_DAYS = 0
        phone.leave()
        carry_out_deletions()
        assert AccountDeletion.objects.get().completed_at is not None

    def test_cannot_be_undone_once_it_has_begun(self, user: User, part: dict[str, erasure.Erase]) -> None:
        part["stubborn"] = lambda _: False
        deletion.schedule(user.id, "")
        carry_out()
        with pytest.raises(deletion.DeletionNotScheduled):
            deletion.cancel(user.id)

    def test_does_a_part_until_nothing_is_left(self, user: User, part: dict[str, erasure.Erase]) -> None:
        left = [3, 2, 1]

        def erase(user_id: int) -> bool:
            assert user_id == user.id
            left.pop()
            return not left

        part["batches"] = erase
        deletion.schedule(user.id, "")
        carry_out()
        assert left == []
        assert AccountDeletion.objects.get().completed_at is not None

    def test_tries_a_part_that_fails_again_and_holds_up_no_other(
        self, user: User, part: dict[str, erasure.Erase]
    ) -> None:
        done, broken = [], [True]

        def fails(_: int) -> bool:
            if broken:
                raise ConnectionError("the store is away")
            return True

        def works(user_id: int) -> bool:
            done.append(user_id)
            return True

        part |= {"store": fails, "rest": works}
        deletion.schedule(user.id, "")
        carry_out()
        row = AccountDeletion.objects.get()
        assert (row.left, row.completed_at, done) == ("store", None, [user.id])
        assert row.started_at
        assert row.next_try_at == row.started_at + timedelta(minutes=2)
        broken.clear()
        carry_out(14.1)
        row.refresh_from_db()
        assert (row.left, row.completed_at is None, row.attempts) == ("", False, 2)

    def test_is_one_workers_at_a_time(self, user: User, part: dict[str, erasure.Erase]) -> None:
        runs: list[int] = []

        def erase(user_id: int) -> bool:
            runs.append(user_id)
            deletion.carry_out_due(due())
            return True

        part["nested"] = erase
        deletion.schedule(user.id, "")
        deletion.carry_out_due(due())
        assert runs == [user.id]

    def test_forgets_nobody_else(self, phone: Phone, new_device: Callable[[], Device]) -> None:
        other = new_device()
        theirs: list[Any] = [
            AccountDeletion.objects.create(
                user=other.user, reason="A whim", due_at=due(), next_try_at=due(), canceled_at=timezone.now()
            ),
            DataExport.objects.create(user=other.user, next_try_at=due()),
            IdempotencyRecord.objects.create(
                user=other.user, scope="POST /", key="12345678", body_sha256=b"", status=201, answer=b""
            ),
        ]
        phone.leave()
        carry_out()
        assert list(Device.objects.all()) == [other]
        assert app_of(other).get(PROFILE).status_code == 200
        for row in theirs:
            row.refresh_from_db()
        assert theirs[0].reason == "A whim"

    def test_goes_past_what_is_undone_or_done_and_on_with_the_next_run(
        self, db: None, new_device: Callable[[], Device], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(deletion, "MOST_AT_ONCE", 1)
        undone, done, first, second = [new_device().user for _ in range(4)]
        deletion.schedule(undone.id, "")
        deletion.cancel(undone.id)
        deletion.schedule(done.id, "")
        carry_out()
        AccountDeletion.objects.filter(user=done).update(next_try_at=timezone.now())
        for user in (first, second):
            deletion.schedule(user.id, "")
        carry_out()
        assert set(Device.objects.values_list("user_id", flat=True)) == {undone.id, second.id}
        carry_out()
        assert set(Device.objects.values_list("user_id", flat=True)) == {undone.id}

    def test_is_not_held_up_by_one_that_cannot_begin(
        self, phone: Phone, new_device: Callable[[], Device], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = deletion.schedule(new_device().user_id, "").user_id
        phone.leave()
        close = deletion._close

        def locked_out(user: User, at: datetime) -> None:
            if user.id == first:
                raise OperationalError("lock timeout")
            close(user, at)

        monkeypatch.setattr(deletion, "_close", locked_out)
        carry_out()
        assert list(AccountDeletion.objects.filter(started_at=None).values_list("user_id", flat=True)) == [first]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["canceled_at", "completed_at", "next_try_at"])
def test_what_was_undone_or_taken_at_that_moment_is_left(user: User, change: str) -> None:
    deletion.schedule(user.id, "")
    with transaction.atomic():
        User.objects.locked(user.id)
        begun = due() if change == "completed_at" else None
        AccountDeletion.objects.update(**{"started_at": begun, change: due(15)})
        run = held_up.by_us(lambda: deletion.carry_out_due(due()))
    run.result()
    assert Device.objects.get().user == user
    assert AccountDeletion.objects.get().attempts == 0


@pytest.mark.django_db(transaction=True)
def test_logins_while_an_account_is_closed_leave_no_way_into_it() -> None:
    phone = Phone()
    erased = User.objects.get(id=int(phone.log_in()["user"]["id"]))
    deletion.schedule(erased.id, "")
    answers: list[dict[str, Any]] = []
    start = threading.Barrier(9)

    def work(number: int) -> None:
        start.wait()
        if number:
            answers.append(phone.log_in())
        else:
            deletion.carry_out_due(due())
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deletion.carry_out_due(due(15))
    assert all("access_token" in answer for answer in answers)
    assert not Device.objects.filter(user=erased).exists()
    assert not Session.objects.filter(user=erased).exists()
    assert phone.log_in()["user"]["id"] != str(erased.id)
