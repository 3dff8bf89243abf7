"""Users get what we know of them: all of it, once a day, and nobody else does."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import consents, data_export, deletion, export_building
from apps.accounts.models import DataExport, Device, Session, User
from apps.accounts.tasks import build_due_exports, build_export, carry_out_deletions
from apps.emoji.models import Detection, EmojiTask, TaskReport
from tests.conftest import app_of, at

EXPORT = "/api/v1/user/export"
Status = DataExport.Status


def requested(app: APIClient) -> str:
    answer = app.post(EXPORT)
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    assert answer["Location"] == f"{EXPORT}/{answer.json()['export_id']}"
    return str(answer.json()["export_id"])


def built(app: APIClient) -> dict[str, Any]:
    export_id = requested(app)
    build_export(int(export_id))
    state: dict[str, Any] = app.get(f"{EXPORT}/{export_id}").json()
    return state


def download(url: str, accept: str = "*/*") -> Any:
    return APIClient().get(url.removeprefix("http://testserver"), headers={"Accept": accept})


def files_of(url: str) -> dict[str, Any]:
    with ZipFile(BytesIO(download(url).content)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_an_export_is_asked_for_built_and_fetched(app: APIClient) -> None:
    export_id = requested(app)
    assert app.get(f"{EXPORT}/{export_id}").json() == {"status": "pending"}
    build_export(int(export_id))
    state = app.get(f"{EXPORT}/{export_id}").json()
    answer = download(state["download_url"])
    assert state["status"] == "ready"
    assert state["size_bytes"] == len(answer.content)
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("accept", ["application/zip", "application/json", "text/html,*/*;q=0.8"])
def test_a_zip_is_for_who_asks_for_one_and_for_who_takes_anything(app: APIClient, accept: str) -> None:
    url = built(app)["download_url"]
    answer = download(url, accept)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert download(f"{url}x", accept).json()["code"] == "link_not_valid"


def test_it_holds_every_row_the_user_owns_and_no_other(
    app: APIClient, user: User, give_points: Any, send_event: Any, task: EmojiTask, new_device: Callable[[], Device]
) -> None:
    stranger = new_device().user
    for owner in (user, stranger):
        give_points(owner, 5)
        consents.decide(owner.id, consents.Purpose.AI_PROCESSING, version="1", granted=True, app_version="1.0.0")
    send_event(
        "NON_RENEWING_PURCHASE",
        app_user_id=str(user.billing_user_id),
        product_id="points_1000",
        transaction_id="t-1",
        original_transaction_id="t-1",
        environment="SANDBOX",
    )
    files = files_of(built(app)["download_url"])
    assert {name: len(rows) for name, rows in files.items()} == {
        "consents.json": 1,
        "deletions.json": 0,
        "devices.json": 1,
        "ledger.json": 4,
        "orders.json": 1,
        "photo_checks.json": 0,
        "photos.json": 1,
        "profile.json": 1,
        "purchase_events.json": 1,
        "reports.json": 0,
        "sessions.json": Session.objects.filter(user=user).count(),
        "subscriptions.json": 0,
        "tasks.json": 1,
    }
    assert files["profile.json"][0]["id"] == str(user.id)
    assert files["ledger.json"][-1]["balance_after"] == 1005
    assert str(stranger.id) not in json.dumps(files)


def test_it_holds_why_the_user_once_wanted_to_leave(user: User, new_device: Callable[[], Device]) -> None:
    for owner, reason in ((user, "My sister found it"), (new_device().user, "Somebody else's words")):
        deletion.schedule(owner.id, reason)
    deletion.cancel(user.id)
    app = app_of(Device.objects.get(user=user))
    (wish,) = files_of(built(app)["download_url"])["deletions.json"]
    assert (wish["reason"], wish["undone_at"] is None) == ("My sister found it", False)


def test_it_holds_what_the_user_said_of_an_emoji_and_what_was_found_in_a_photo(
    app: APIClient, user: User, task: EmojiTask, new_device: Callable[[], Device]
) -> None:
    now = timezone.now()
    for owner, note in ((user, "This is my sister Ann"), (new_device().user, "Somebody else's words")):
        TaskReport.objects.create(user=owner, task=task, reason="not_me", note=note)
        Detection.objects.create(
            user=owner,
            photo_sha256="a" * 64,
            ratio="1:1",
            provider="mock",
            outcome=Detection.Outcome.PASSED,
            face_box=[1, 2, 3, 4],
            extended_box=[0, 0, 5, 5],
            asked_at=now,
            expires_at=now,
        )
    files = files_of(built(app)["download_url"])
    assert [(row["task_id"], row["note"]) for row in files["reports.json"]] == [(str(task.id), "This is my sister Ann")]
    assert [(row["outcome"], row["face_box"]) for row in files["photo_checks.json"]] == [("passed", [1, 2, 3, 4])]


def test_it_holds_no_secret_and_no_key_of_an_object(app: APIClient, device: Device, task: EmojiTask) -> None:
    text = json.dumps(files_of(built(app)["download_url"]))
    assert bytes(device.secret_sha256 or b"").hex() not in text
    assert task.upload.key not in text
    assert "secret" not in text


class TestTheList:
    def test_is_newest_first_and_has_what_staff_asked_for(self, app: APIClient, user: User) -> None:
        assert app.get(EXPORT).json() == {"items": []}
        built(app)
        with at(timezone.now() + timedelta(hours=24, seconds=1)):
            export = data_export.request(user.id)
        mine, by_staff = reversed(app.get(EXPORT).json()["items"])
        assert (by_staff["export_id"], by_staff["status"], mine["status"]) == (str(export.id), "pending", "ready")
        build_export(export.id)
        assert app.get(f"{EXPORT}/{by_staff['export_id']}").json()["status"] == "ready"

    def test_tells_by_the_clock_what_has_expired(self, device: Device, app: APIClient) -> None:
        built(app)
        with at(timezone.now() + timedelta(hours=24, seconds=1)):
            assert [one["status"] for one in app_of(device).get(EXPORT).json()["items"]] == ["expired"]

    def test_is_only_its_owners(self, app: APIClient, new_device: Callable[[], Device]) -> None:
        requested(app)
        assert app_of(new_device()).get(EXPORT).json() == {"items": []}
        assert APIClient().get(EXPORT).status_code == 401

    def test_has_no_more_than_the_last_twenty(self, app: APIClient, user: User) -> None:
        rows = [DataExport(user=user, status=Status.FAILED, next_try_at=timezone.now()) for _ in range(21)]
        DataExport.objects.bulk_create(rows)
        told = [int(one["export_id"]) for one in app.get(EXPORT).json()["items"]]
        assert told == sorted((row.id for row in rows), reverse=True)[:20]


class TestTheLimits:
    def test_one_at_a_time(self, app: APIClient) -> None:
        export_id = requested(app)
        answer = app.post(EXPORT)
        assert (answer.status_code, answer.json()["code"]) == (409, "export_in_progress")
        assert answer.json()["params"] == {"export_id": export_id}

    def test_one_a_day(self, app: APIClient) -> None:
        built(app)
        answer = app.post(EXPORT)
        assert (answer.status_code, answer.json()["code"]) == (429, "daily_limit_reached")
        assert answer.json()["params"]["limit"] == 1
        assert answer.json()["params"]["resets_at"].endswith("Z")

    def test_the_next_day_brings_the_next(self, device: Device, app: APIClient) -> None:
        built(app)
        with at(timezone.now() + timedelta(hours=24, seconds=1)):
            requested(app_of(device))

    def test_a_failed_one_does_not_count(self, app: APIClient) -> None:
        requested(app)
        DataExport.objects.update(status=Status.FAILED)
        requested(app)

    def test_a_bare_session_gets_nothing(self, app: APIClient) -> None:
        state = built(app)
        Session.objects.update(auth_level=Session.AuthLevel.BARE)
        export_id = state["download_url"].split("/")[-2]
        for answer in (app.post(EXPORT), app.get(EXPORT), app.get(f"{EXPORT}/{export_id}")):
            assert (answer.status_code, answer.json()["code"]) == (401, "device_secret_required")


class TestOnlyItsOwner:
    def test_is_told_of_it(self, app: APIClient, new_device: Callable[[], Device]) -> None:
        export_id = requested(app)
        stranger = app_of(new_device())
        for wanted in (export_id, str(int(export_id) + 1), "1"):
            answer = stranger.get(f"{EXPORT}/{wanted}")
            assert (answer.status_code, answer.json()["code"]) == (404, "export_not_found")
        assert APIClient().get(f"{EXPORT}/{export_id}").status_code == 401

    def test_has_a_link_that_fits_no_other_export(self, app: APIClient, new_device: Callable[[], Device]) -> None:
        mine, theirs = built(app)["download_url"], built(app_of(new_device()))["download_url"]
        path, token = theirs.partition("?")[0], mine.partition("?")[2]
        answer = download(f"{path}?{token}")
        assert (answer.status_code, answer.json()["code"]) == (403, "link_not_valid")

    @pytest.mark.parametrize("query", ["", "?token=", "?token=x", "?token=a:b:c"])
    def test_can_make_a_link(self, app: APIClient, query: str) -> None:
        path = built(app)["download_url"].partition("?")[0]
        assert download(path + query).json()["code"] == "link_not_valid"


class TestItsEnd:
    def test_a_link_is_good_for_an_hour_and_the_next_one_too(self, device: Device, app: APIClient) -> None:
        url = built(app)["download_url"]
        with at(timezone.now() + timedelta(minutes=61)):
            assert download(url).json()["code"] == "link_not_valid"
            again = app_of(device).get(url.removeprefix("http://testserver").partition("/download")[0]).json()
            assert download(again["download_url"]).status_code == 200

    def test_after_a_day_it_is_gone_for_who_asks_and_from_the_database(self, device: Device, app: APIClient) -> None:
        url = built(app)["download_url"]
        status_path = url.removeprefix("http://testserver").partition("/download")[0]
        with at(timezone.now() + timedelta(hours=24, seconds=1)):
            assert app_of(device).get(status_path).json() == {"status": "expired"}
            build_due_exports()
        row = DataExport.objects.get()
        assert (row.status, row.content) == (Status.EXPIRED, None)

    def test_a_link_of_the_last_hour_does_not_outlive_it(self, device: Device, app: APIClient) -> None:
        status_path = built(app)["download_url"].removeprefix("http://testserver").partition("/download")[0]
        with at(timezone.now() + timedelta(hours=23, minutes=30)):
            url = app_of(device).get(status_path).json()["download_url"]
        with at(timezone.now() + timedelta(hours=24, seconds=1)):
            answer = download(url)
            assert (answer.status_code, answer.json()["code"]) == (410, "export_expired")

    def test_it_goes_with_the_account(self, app: APIClient, user: User, settings: Any) -> None:
        settings.ACCOUNT_DELETION_DAYS = 0
        url = built(app)["download_url"]
        deletion.schedule(user.id, "")
        carry_out_deletions()
        assert download(url).json()["code"] == "link_not_valid"
        assert not DataExport.objects.exists()


def test_the_rules_of_the_database_hold_what_is_kept(app: APIClient) -> None:
    built(app)
    export_building.expire(timezone.now() + timedelta(hours=25))
    assert DataExport.objects.get().content is None
