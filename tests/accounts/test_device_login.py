"""A device id is a name; its secret proves it."""

import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import consents, device_secret, vip
from apps.accounts.consents import Purpose
from apps.accounts.models import Device, Session, User
from apps.accounts.shown_device import ShownDevice
from apps.accounts.vip import Vip
from apps.points import ledger
from apps.points.ledger import Bucket, Kind
from tests import held_up

LOGIN = "/api/v1/auth/login"
PROFILE = "/api/v1/user/profile"


def new_secret() -> str:
    return "pkd1_" + secrets.token_urlsafe(32)


def log_in(client: APIClient, device_id: str, secret: str = "") -> Any:
    body = {"device_id": device_id, "platform": "ios", "app_version": "1.0.0"}
    return client.post(LOGIN, body | ({"device_secret": secret} if secret else {}), format="json")


@pytest.fixture
def device_id() -> str:
    return f"phone-{uuid4()}"


@pytest.mark.django_db
class TestLogin:
    def test_the_first_login_makes_a_user_and_tells_a_secret_once(self, anonymous: APIClient, device_id: str) -> None:
        answer = log_in(anonymous, device_id)
        assert answer.status_code == 201
        assert answer.data["device_secret"].startswith("pkd1_")
        assert answer.data["user"]["points"] == {"balance": 0}
        assert isinstance(answer.json()["user"]["id"], str)

    def test_a_secret_made_by_the_app_is_kept_and_not_told_back(self, anonymous: APIClient, device_id: str) -> None:
        answer = log_in(anonymous, device_id, new_secret())
        assert answer.status_code == 201
        assert "device_secret" not in answer.data

    def test_the_same_device_with_its_secret_is_the_same_user(self, anonymous: APIClient, device_id: str) -> None:
        secret = new_secret()
        first, second = log_in(anonymous, device_id, secret), log_in(anonymous, device_id, secret)
        assert second.status_code == 200
        assert second.data["user"]["id"] == first.data["user"]["id"]

    def test_only_a_login_as_ever_does_not_wait_for_the_disk(
        self, anonymous: APIClient, device_id: str, waits_for_disk: Callable[[], bool]
    ) -> None:
        issued = log_in(anonymous, device_id).data["device_secret"]
        assert waits_for_disk(), "a new user"
        log_in(anonymous, device_id, issued)
        assert waits_for_disk(), "a secret that is confirmed"
        log_in(anonymous, device_id, issued)
        assert not waits_for_disk()

    def test_who_holds_the_tokens_of_a_session_that_a_crash_undid_logs_in_again(
        self, anonymous: APIClient, device_id: str
    ) -> None:
        secret = new_secret()
        log_in(anonymous, device_id, secret)
        told = log_in(anonymous, device_id, secret).data
        Session.objects.latest("id").delete()
        profile = anonymous.get(PROFILE, headers={"Authorization": f"Bearer {told['access_token']}"})
        refreshed = anonymous.post("/api/v1/auth/refresh", {"refresh_token": told["refresh_token"]}, format="json")
        assert (profile.status_code, profile.json()["code"]) == (401, "session_revoked")
        assert (refreshed.status_code, refreshed.json()["code"]) == (401, "refresh_token_invalid")
        assert log_in(anonymous, device_id, secret).status_code == 200

    def test_a_wrong_secret_is_refused(self, anonymous: APIClient, device_id: str) -> None:
        log_in(anonymous, device_id, new_secret())
        answer = log_in(anonymous, device_id, new_secret())
        assert (answer.status_code, answer.json()["code"]) == (401, "device_secret_invalid")

    def test_a_known_device_without_its_secret_is_refused(self, anonymous: APIClient, device_id: str) -> None:
        log_in(anonymous, device_id, new_secret())
        answer = log_in(anonymous, device_id)
        assert (answer.status_code, answer.json()["code"]) == (401, "device_secret_required")

    def test_a_lost_first_answer_can_be_had_again(self, anonymous: APIClient, device_id: str) -> None:
        lost, again = log_in(anonymous, device_id), log_in(anonymous, device_id)
        assert again.status_code == 200
        assert again.data["device_secret"] != lost.data["device_secret"]
        assert log_in(anonymous, device_id, lost.data["device_secret"]).status_code == 401
        assert log_in(anonymous, device_id, again.data["device_secret"]).status_code == 200

    def test_but_not_once_our_secret_was_shown(self, anonymous: APIClient, device_id: str) -> None:
        given = log_in(anonymous, device_id).data["device_secret"]
        assert log_in(anonymous, device_id, given).status_code == 200
        assert log_in(anonymous, device_id).json()["code"] == "device_secret_required"
        assert log_in(anonymous, device_id, new_secret()).json()["code"] == "device_secret_invalid"

    def test_but_not_once_the_account_was_used(self, anonymous: APIClient, device_id: str) -> None:
        token = log_in(anonymous, device_id).data["access_token"]
        anonymous.get(PROFILE, headers={"Authorization": f"Bearer {token}"})
        assert log_in(anonymous, device_id).json()["code"] == "device_secret_required"

    def test_a_new_secret_ends_earlier_tokens(self, anonymous: APIClient, device_id: str) -> None:
        token = log_in(anonymous, device_id).data["access_token"]
        log_in(anonymous, device_id)
        answer = anonymous.get(PROFILE, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "session_revoked")

    def test_each_login_tells_the_version_of_the_app(self, anonymous: APIClient, device_id: str) -> None:
        secret = log_in(anonymous, device_id).data["device_secret"]
        # The first of them binds the secret, the second shows what is known.
        for version in ("2.0.0", "3.0.0"):
            body = {"device_id": device_id, "device_secret": secret, "platform": "ios", "app_version": version}
            assert anonymous.post(LOGIN, body, format="json").status_code == 200
            assert Device.objects.get().app_version == version

    def test_a_suspended_user_is_refused_also_at_the_first_showing_of_the_secret(
        self, anonymous: APIClient, device_id: str
    ) -> None:
        secret = log_in(anonymous, device_id).data["device_secret"]
        User.objects.update(is_active=False)
        answer = log_in(anonymous, device_id, secret)
        assert (answer.status_code, answer.json()["code"]) == (403, "account_suspended")

    def test_a_suspended_user_is_refused(self, anonymous: APIClient, device_id: str) -> None:
        secret = new_secret()
        log_in(anonymous, device_id, secret)
        User.objects.update(is_active=False)
        answer = log_in(anonymous, device_id, secret)
        assert (answer.status_code, answer.json()["code"]) == (403, "account_suspended")

    @pytest.mark.parametrize(
        "bad",
        [
            "short",
            "0" * 16,
            "9774d56d682e549c",
            "unknown-device-id",
            "with spaces in it 123",
            "ünïcode-device-id-1",
            123,
        ],
    )
    def test_an_id_that_names_no_one_phone_is_refused(self, anonymous: APIClient, bad: Any) -> None:
        answer = log_in(anonymous, bad)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
        assert answer.json()["errors"][0]["pointer"] == "/device_id"

    def test_neither_id_nor_secret_is_stored_in_clear(self, anonymous: APIClient, device_id: str) -> None:
        secret = log_in(anonymous, device_id).data["device_secret"]
        stored = repr(Device.objects.values().get())
        assert device_id not in stored
        assert secret not in stored


@pytest.fixture
def legacy(db: None, device_id: str) -> Device:
    """An imported device, of which nothing but its id is known."""
    mac = ShownDevice(device_id, "", "ios", "").mac
    return Device.objects.create(
        user=User.objects.create_user(),
        device_id_mac=mac,
        device_id_tail=device_id[-4:],
        secret_state=Device.SecretState.LEGACY,
        platform="ios",
        last_login_at=timezone.now(),
    )


@pytest.fixture
def compat(settings: Any) -> Any:
    settings.DEVICE_AUTH_MODE = "compat"
    settings.DEVICE_COMPAT_UNTIL = timezone.now() + timedelta(days=30)
    return settings


class TestAnImportedDevice:
    def test_is_refused_in_bind_mode_with_or_without_a_secret(
        self, anonymous: APIClient, legacy: Device, device_id: str
    ) -> None:
        assert log_in(anonymous, device_id).json()["code"] == "device_secret_required"
        assert log_in(anonymous, device_id, new_secret()).json()["code"] == "device_secret_invalid"

    def test_may_log_in_by_its_id_again_and_again_while_compat_lasts(
        self, anonymous: APIClient, legacy: Device, device_id: str, compat: Any
    ) -> None:
        first, second = log_in(anonymous, device_id), log_in(anonymous, device_id)
        assert (first.status_code, second.status_code) == (200, 200)
        assert first.data["user"]["id"] == second.data["user"]["id"] == str(legacy.user_id)

    def test_cannot_leave_export_restore_or_bind_by_its_id_alone(
        self, anonymous: APIClient, legacy: Device, device_id: str, compat: Any
    ) -> None:
        token = log_in(anonymous, device_id).data["access_token"]
        anonymous.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        assert anonymous.get(PROFILE).status_code == 200
        refused = [
            anonymous.delete("/api/v1/user", {"confirm": "DELETE"}, format="json"),
            anonymous.post("/api/v1/user/export"),
            anonymous.get("/api/v1/user/export/1"),
            anonymous.post("/api/v1/subscription/sync"),
            anonymous.post("/api/v1/auth/device/rotate", {"device_secret": new_secret()}, format="json"),
        ]
        assert [answer.json()["code"] for answer in refused] == ["device_secret_required"] * 5

    def test_is_bound_by_the_secret_it_is_given_once_it_shows_it(
        self, anonymous: APIClient, legacy: Device, device_id: str, compat: Any
    ) -> None:
        given = log_in(anonymous, device_id).data["device_secret"]
        assert log_in(anonymous, device_id, given).status_code == 200
        assert log_in(anonymous, device_id).json()["code"] == "device_secret_required"
        assert log_in(anonymous, device_id, new_secret()).json()["code"] == "device_secret_invalid"

    def test_is_bound_by_a_secret_of_its_own(
        self, anonymous: APIClient, legacy: Device, device_id: str, compat: Any
    ) -> None:
        secret = new_secret()
        assert "device_secret" not in log_in(anonymous, device_id, secret).data
        assert log_in(anonymous, device_id).json()["code"] == "device_secret_required"
        assert log_in(anonymous, device_id, secret).status_code == 200

    def test_logs_out_whoever_came_in_by_its_id_alone_once_it_shows_a_secret(
        self, anonymous: APIClient, legacy: Device, device_id: str, compat: Any
    ) -> None:
        token = log_in(anonymous, device_id).data["access_token"]
        log_in(anonymous, device_id, new_secret())
        answer = anonymous.get(PROFILE, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "session_revoked")

    def test_is_refused_from_the_end_of_compat_on(
        self, anonymous: APIClient, legacy: Device, device_id: str, compat: Any
    ) -> None:
        given = log_in(anonymous, device_id).data["device_secret"]
        compat.DEVICE_COMPAT_UNTIL = timezone.now()
        assert log_in(anonymous, device_id).json()["code"] == "device_secret_required"
        assert log_in(anonymous, device_id, given).status_code == 200


def test_compat_opens_no_device_that_has_a_secret(db: None, anonymous: APIClient, device_id: str, compat: Any) -> None:
    log_in(anonymous, device_id, new_secret())
    assert log_in(anonymous, device_id).json()["code"] == "device_secret_required"


def test_in_strict_mode_the_first_login_brings_a_secret(
    db: None, anonymous: APIClient, device_id: str, settings: Any
) -> None:
    settings.DEVICE_AUTH_MODE = "strict"
    assert log_in(anonymous, device_id).json()["code"] == "device_secret_required"
    assert not User.objects.exists()
    assert log_in(anonymous, device_id, new_secret()).status_code == 201


def test_in_strict_mode_a_lost_first_answer_stays_lost(
    db: None, anonymous: APIClient, device_id: str, settings: Any
) -> None:
    given = log_in(anonymous, device_id).data["device_secret"]
    settings.DEVICE_AUTH_MODE = "strict"
    assert log_in(anonymous, device_id).json()["code"] == "device_secret_required"
    assert log_in(anonymous, device_id, given).status_code == 200


def test_an_account_that_has_bought_something_is_not_handed_out_again(
    db: None, anonymous: APIClient, device_id: str, give_points: Any
) -> None:
    answer = log_in(anonymous, device_id)
    give_points(User.objects.get(id=int(answer.data["user"]["id"])), 100)
    assert log_in(anonymous, device_id).json()["code"] == "device_secret_required"


@pytest.mark.parametrize("bought", [Vip(expires_at=datetime(2020, 1, 1, tzinfo=UTC)), Vip(is_lifetime=True)], ids=str)
def test_an_account_that_has_become_vip_is_not_handed_out_again(
    db: None, anonymous: APIClient, device_id: str, bought: Vip
) -> None:
    vip.write(int(log_in(anonymous, device_id).data["user"]["id"]), bought)
    assert log_in(anonymous, device_id).json()["code"] == "device_secret_required"


def test_a_sign_up_bonus_is_nobodys_purchase(db: None, anonymous: APIClient, device_id: str) -> None:
    user_id = int(log_in(anonymous, device_id).data["user"]["id"])
    ledger.credit(
        user_id, 20, kind=Kind.SIGNUP_BONUS, bucket=Bucket.GRANTED, reference=f"signup:{user_id}", title="Welcome"
    )
    assert log_in(anonymous, device_id).status_code == 200


def test_a_revoked_device_is_refused_whatever_it_shows(db: None, anonymous: APIClient, device_id: str) -> None:
    secret = new_secret()
    log_in(anonymous, device_id, secret)
    Device.objects.update(revoked_at=timezone.now())
    answer = log_in(anonymous, device_id, secret)
    assert (answer.status_code, answer.json()["code"]) == (401, "device_revoked")


def test_ids_that_differ_in_case_are_two_phones(db: None, anonymous: APIClient, device_id: str) -> None:
    lower = log_in(anonymous, device_id, new_secret())
    upper = log_in(anonymous, device_id.upper(), new_secret())
    assert lower.data["user"]["id"] != upper.data["user"]["id"]


@pytest.fixture
def known(transactional_db: None, device_id: str) -> tuple[str, str]:
    """A device that has shown its secret, and the secret."""
    secret = new_secret()
    log_in(APIClient(), device_id, secret)
    return device_id, secret


def test_a_known_device_that_shows_its_secret_is_read_and_written_once(
    known: tuple[str, str], django_assert_num_queries: Any
) -> None:
    log_in(APIClient(), *known)
    with django_assert_num_queries(2):
        assert log_in(APIClient(), *known).status_code == 200


def test_a_login_tells_what_was_agreed_to_last(known: tuple[str, str], anonymous: APIClient) -> None:
    user = User.objects.get()
    for version, granted in (("1", True), ("2", False)):
        consents.decide(user.id, Purpose.AI_PROCESSING, version=version, granted=granted, app_version="1.0.0")
    answer = log_in(anonymous, *known).json()
    assert answer["user"]["consents"]["ai_processing"]["version"] == "2"
    profile = anonymous.get(PROFILE, headers={"Authorization": f"Bearer {answer['access_token']}"}).json()
    assert answer["user"] == profile


class TestALoginDuringWhich:
    """The device was read by it before, and is written by it after."""

    def test_the_device_is_locked_out_is_refused(self, known: tuple[str, str]) -> None:
        with transaction.atomic():
            Device.objects.update(revoked_at=timezone.now())
            answer = held_up.by_us(lambda: log_in(APIClient(), *known))
        assert answer.result().json()["code"] == "device_revoked"
        assert Session.objects.count() == 1

    def test_the_account_is_closed_makes_another_user(self, known: tuple[str, str]) -> None:
        with transaction.atomic():
            Device.objects.all().delete()
            answer = held_up.by_us(lambda: log_in(APIClient(), *known))
        assert answer.result().status_code == 201
        assert Session.objects.get().user == User.objects.latest("id")

    def test_the_secret_is_changed_knows_both(self, known: tuple[str, str]) -> None:
        device_id, secret = known
        later = new_secret()
        with transaction.atomic():
            held = Device.objects.select_for_update().get()
            answer = held_up.by_us(lambda: log_in(APIClient(), device_id, secret))
            held.secret_prev_sha256, held.secret_prev_until = held.secret_sha256, timezone.now() + timedelta(days=1)
            held.secret_sha256 = device_secret.sha256(later)
            held.save()
        assert answer.result().status_code == 200
        assert bytes(Device.objects.get().secret_sha256 or b"") == device_secret.sha256(later)
        assert log_in(APIClient(), device_id, later).status_code == 200
        assert log_in(APIClient(), device_id, secret).json()["code"] == "device_secret_invalid"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("secret", ["", "pkd1_" + secrets.token_urlsafe(32)], ids=["no secret", "one secret"])
def test_twenty_first_logins_at_once_make_one_user(device_id: str, secret: str) -> None:
    answers: list[Any] = []
    start = threading.Barrier(20)

    def first_login() -> None:
        start.wait()
        answers.append(log_in(APIClient(), device_id, secret))
        connection.close()

    threads = [threading.Thread(target=first_login) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert (User.objects.count(), Device.objects.count()) == (1, 1)
    assert len({answer.data["user"]["id"] for answer in answers}) == 1
    if not secret:
        issued = {answer.data["device_secret"] for answer in answers}
        working = [shown for shown in issued if log_in(APIClient(), device_id, shown).status_code == 200]
        assert len(working) == 1
