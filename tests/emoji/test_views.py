"""What the app sees of emoji over HTTP."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image
from rest_framework.test import APIClient

from apps.accounts.models import Device, User
from apps.emoji import backends
from apps.emoji.models import EmojiTask, EmojiTemplate, PhotoUpload
from apps.points.models import PointTransaction, UserPoints
from dev.fake_oss import FakeOss, sends_half
from tests.conftest import app_of
from tests.emoji.conftest import TASKS, UPLOADS, create, upload


class TestCreate:
    def test_charges_the_price_and_answers_with_the_task_and_the_balance(
        self, app: APIClient, rich: User, photo_id: str
    ) -> None:
        answer = create(app, photo_id)
        body = answer.json()
        assert answer.status_code == 201
        assert answer["Location"] == f"{TASKS}/{body['id']}"
        assert (body["status"], body["points"]["charged"], body["balance"]) == ("queued", 200, {"balance": 800})
        spend = PointTransaction.objects.get(kind="spend")
        assert (spend.reference, str(spend.id)) == (f"emoji_task:{body['id']}", body["points"]["spend_transaction_id"])

    def test_without_enough_points_is_402_with_numbers_and_no_task(
        self, app: APIClient, user: User, photo_id: str, give_points: Callable[..., None]
    ) -> None:
        give_points(user, 150)
        answer = create(app, photo_id)
        assert answer.status_code == 402
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "insufficient_points"
        assert answer.json()["params"] == {"required": 200, "balance": 150, "missing": 50}
        assert not EmojiTask.objects.exists()

    def test_the_same_key_again_gives_the_same_answer_and_charges_nothing(
        self, app: APIClient, rich: User, photo_id: str
    ) -> None:
        first, second = create(app, photo_id, "key-12345"), create(app, photo_id, "key-12345")
        assert second.content == first.content
        assert second["Idempotent-Replayed"] == "true"
        assert UserPoints.objects.get(user=rich).balance == 800

    def test_the_same_key_with_another_body_is_refused(self, app: APIClient, rich: User, photo_id: str) -> None:
        create(app, photo_id, "key-12345")
        answer = create(app, photo_id, "key-12345", client_ref="other")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")

    def test_a_key_whose_request_failed_can_be_used_again(
        self, app: APIClient, user: User, photo_id: str, give_points: Callable[..., None]
    ) -> None:
        assert create(app, photo_id, "key-12345").status_code == 402
        give_points(user, 200)
        assert create(app, photo_id, "key-12345").status_code == 201

    @pytest.mark.parametrize(
        ("key", "code"),
        [
            (None, "idempotency_key_required"),
            ("short", "idempotency_key_invalid"),
            ("a b" * 9, "idempotency_key_invalid"),
            ("key-12345 and more", "idempotency_key_invalid"),
        ],
    )
    def test_a_missing_or_bad_key_is_refused(
        self, app: APIClient, rich: User, photo_id: str, key: str | None, code: str
    ) -> None:
        headers = {"Idempotency-Key": key} if key else {}
        answer = app.post(
            TASKS, {"template_id": "mengwa_kaixin", "upload_id": photo_id}, format="json", headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (400, code)

    def test_an_unknown_or_retired_template_is_refused(self, app: APIClient, rich: User, photo_id: str) -> None:
        assert create(app, photo_id, template_id="nothing").json()["code"] == "template_not_found"
        EmojiTemplate.objects.update(is_active=False)
        assert create(app, photo_id).json()["code"] == "template_retired"

    def test_somebody_elses_photo_is_not_found(
        self, rich: User, photo_id: str, new_device: Callable[[], Device]
    ) -> None:
        assert create(app_of(new_device()), photo_id).json()["code"] == "upload_not_found"

    def test_a_photo_that_never_arrived_is_told(self, app: APIClient, rich: User, template: EmojiTemplate) -> None:
        ticket = app.post(UPLOADS, {"content_type": "image/jpeg", "content_length": 10}, format="json").json()
        answer = create(app, ticket["upload_id"])
        assert (answer.status_code, answer.json()["code"]) == (409, "upload_not_completed")

    def test_a_photo_store_that_is_away_is_an_outage_and_charges_nothing(
        self, app: APIClient, rich: User, photo_id: str, settings: Any
    ) -> None:
        settings.OSS_BUCKET, settings.OSS_ENDPOINT = "photos-for-tests", "http://127.0.0.1:1"
        backends.photo_store.cache_clear()
        answer = create(app, photo_id)
        assert (answer.status_code, answer.json()["code"]) == (503, "dependency_unavailable")
        assert UserPoints.objects.get(user=rich).balance == 1000

    def test_a_photo_that_the_store_sends_by_half_is_an_outage_and_charges_nothing(
        self, oss: FakeOss, app: APIClient, rich: User, template: EmojiTemplate, portrait: bytes
    ) -> None:
        asked = {"content_type": "image/jpeg", "content_length": len(portrait)}
        ticket = app.post(UPLOADS, asked, format="json").json()
        requests.put(ticket["url"], portrait, headers=ticket["headers"], timeout=60).raise_for_status()
        oss.next("GET", sends_half)
        answer = create(app, ticket["upload_id"])
        assert (answer.status_code, answer.json()["code"]) == (503, "dependency_unavailable")
        assert UserPoints.objects.get(user=rich).balance == 1000
        assert create(app, ticket["upload_id"]).status_code == 201

    def test_who_was_forgotten_while_the_photo_was_looked_at_gets_no_task(
        self, app: APIClient, rich: User, photo_id: str, forgotten_meanwhile: None
    ) -> None:
        answer = create(app, photo_id)
        assert (answer.status_code, answer.json()["code"]) == (401, "session_revoked")
        assert not EmojiTask.objects.exists()
        assert UserPoints.objects.get(user=rich).balance == 1000

    def test_an_old_photo_is_refused(self, app: APIClient, rich: User, photo_id: str) -> None:
        PhotoUpload.objects.update(expires_at="2026-01-01T00:00:00Z")
        assert create(app, photo_id).json()["code"] == "upload_expired"

    @pytest.mark.parametrize(
        ("size", "code"),
        [((399, 500), "image_dimensions_invalid"), ((400, 400), None)],
        ids=["too small", "just right"],
    )
    def test_the_photo_itself_is_looked_at(
        self,
        app: APIClient,
        rich: User,
        template: EmojiTemplate,
        tmp_path: Any,
        size: tuple[int, int],
        code: str | None,
    ) -> None:
        Image.new("RGB", size).save(tmp_path / "photo.png")
        answer = create(app, upload(app, (tmp_path / "photo.png").read_bytes(), "image/png"))
        assert answer.json().get("code") == code

    def test_an_id_that_is_a_number_is_refused(self, app: APIClient, rich: User, photo_id: str) -> None:
        answer = app.post(
            TASKS,
            {"template_id": "mengwa_kaixin", "upload_id": int(photo_id)},
            format="json",
            headers={"Idempotency-Key": "key-12345"},
        )
        assert answer.status_code == 422
        assert answer.json()["errors"] == [
            {"code": "id_must_be_string", "pointer": "/upload_id", "message": "An id is a string of digits."}
        ]


@pytest.mark.django_db(transaction=True)
def test_ten_requests_at_once_with_one_key_make_one_task(
    app: APIClient, device: Device, rich: User, photo_id: str
) -> None:
    answers: list[Any] = []
    start = threading.Barrier(10)

    def request() -> None:
        start.wait()
        answers.append(create(app_of(device), photo_id, "key-12345"))
        connection.close()

    threads = [threading.Thread(target=request) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert (EmojiTask.objects.count(), UserPoints.objects.get(user=rich).balance) == (1, 800)


class TestUpload:
    def test_a_ticket_is_good_for_one_photo_of_the_declared_type_and_size(
        self, app: APIClient, portrait: bytes
    ) -> None:
        size = {"content_type": "image/jpeg", "content_length": len(portrait)}
        ticket = app.post(UPLOADS, size, format="json").json()
        path = ticket["url"].removeprefix("http://testserver")
        assert APIClient().put(path, portrait[:-1], content_type="image/jpeg").status_code == 403
        assert APIClient().put(path, portrait, content_type="image/png").status_code == 403
        assert APIClient().put(path + "x", portrait, content_type="image/jpeg").status_code == 403
        assert APIClient().put(path, portrait, content_type="image/jpeg").status_code == 204
        assert APIClient().put(path, portrait, content_type="image/jpeg").status_code == 409

    def test_a_type_or_size_the_provider_would_refuse_is_refused_first(self, app: APIClient) -> None:
        heic = app.post(UPLOADS, {"content_type": "image/heic", "content_length": 5}, format="json")
        assert (heic.status_code, heic.json()["code"]) == (415, "image_type_unsupported")
        assert heic.json()["detail"] == "Use image/bmp, image/jpeg, image/png, image/webp."
        large = app.post(UPLOADS, {"content_type": "image/png", "content_length": 10 * 1024**2 + 1}, format="json")
        assert (large.status_code, large.json()["code"]) == (413, "image_too_large")
        assert large.json()["detail"] == "At most 10485760 bytes."

    def test_the_name_of_a_photo_cannot_be_guessed_from_ids(self, app: APIClient, user: User) -> None:
        app.post(UPLOADS, {"content_type": "image/png", "content_length": 5}, format="json")
        key = PhotoUpload.objects.get().key
        assert len(key.rpartition("-")[2]) == len(".png") + 24


class TestRead:
    def test_a_task_is_its_owners_alone(
        self, app: APIClient, rich: User, photo_id: str, new_device: Callable[[], Device]
    ) -> None:
        task = create(app, photo_id).json()
        assert app.get(f"{TASKS}/{task['id']}").json()["id"] == task["id"]
        stranger = app_of(new_device()).get(f"{TASKS}/{task['id']}")
        assert (stranger.status_code, stranger.json()["code"]) == (404, "task_not_found")

    @pytest.mark.parametrize("task_id", ["1", "999999999999999999"])
    def test_an_unknown_task_is_not_found(self, app: APIClient, task_id: str) -> None:
        assert app.get(f"{TASKS}/{task_id}").json()["code"] == "task_not_found"

    def test_tasks_come_newest_first_in_pages(
        self, app: APIClient, rich: User, photo_id: str, configure: Callable[..., None]
    ) -> None:
        configure(task_limits={"free": {"active": 10, "daily": 10}, "vip": {"active": 10, "daily": 10}})
        made = [create(app, photo_id).json()["id"] for _ in range(3)]
        first = app.get(TASKS, {"limit": 2}).json()
        second = app.get(TASKS, {"limit": 2, "cursor": first["next_cursor"]}).json()
        assert [task["id"] for task in first["items"] + second["items"]] == made[::-1]
        assert (first["has_more"], second["has_more"], second["next_cursor"]) == (True, False, None)

    def test_a_changed_cursor_is_refused(self, app: APIClient) -> None:
        assert app.get(TASKS, {"cursor": "forged"}).json()["code"] == "invalid_cursor"

    def test_a_failed_task_says_why_and_that_the_points_are_kept(
        self, app: APIClient, rich: User, photo_id: str
    ) -> None:
        task_id = create(app, photo_id).json()["id"]
        EmojiTask.objects.update(status="failed", error_code="photo_no_face", completed_at="2026-11-23T00:00:00Z")
        task = app.get(f"{TASKS}/{task_id}").json()
        assert task["error"]["code"] == "photo_no_face"
        assert task["points"]["message"] == "Points are not returned for this failure."

    def test_a_failed_task_is_explained_in_the_readers_language(
        self, app: APIClient, rich: User, photo_id: str
    ) -> None:
        create(app, photo_id)
        EmojiTask.objects.update(status="failed", error_code="photo_no_face", completed_at="2026-11-23T00:00:00Z")
        (task,) = app.get(TASKS, headers={"Accept-Language": "zh-TW"}).json()["items"]
        assert task["error"]["message"] == "這張照片裡沒有人臉。"
        assert task["points"]["message"] == "此次失敗不退還點數。"


class TestList:
    def listed(self, app: APIClient, **query: Any) -> list[str]:
        return [task["id"] for task in app.get(TASKS, query).json()["items"]]

    @pytest.fixture
    def made(self, app: APIClient, rich: User, photo_id: str) -> list[str]:
        return [create(app, photo_id).json()["id"] for _ in range(2)]

    def test_can_be_of_one_status(self, app: APIClient, made: list[str]) -> None:
        EmojiTask.objects.filter(id=made[0]).update(status="processing")
        assert self.listed(app, status="processing") == made[:1]
        assert self.listed(app, status="failed") == []

    def test_can_be_of_one_template(self, app: APIClient, made: list[str]) -> None:
        assert self.listed(app, template_id="mengwa_kaixin") == made[::-1]
        assert self.listed(app, template_id="another") == []

    def test_can_be_of_what_has_changed_since(self, app: APIClient, made: list[str]) -> None:
        EmojiTask.objects.filter(id=made[1]).update(updated_at="2026-01-01T00:00:00Z")
        assert self.listed(app, updated_since="2026-02-01T00:00:00Z") == made[:1]

    def test_a_longer_page_takes_no_more_queries(self, app: APIClient, made: list[str]) -> None:
        def queries(limit: int) -> int:
            with CaptureQueriesContext(connection) as seen:
                assert len(app.get(TASKS, {"limit": limit}).json()["items"]) == limit
            return len(seen)

        assert queries(2) == queries(1)

    def test_refuses_a_filter_that_means_nothing(self, app: APIClient) -> None:
        answer = app.get(TASKS, {"status": "nonsense"})
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")

    def test_a_cursor_belongs_to_its_filter(self, app: APIClient, made: list[str]) -> None:
        cursor = app.get(TASKS, {"limit": 1}).json()["next_cursor"]
        assert app.get(TASKS, {"limit": 1, "status": "queued", "cursor": cursor}).json()["code"] == "invalid_cursor"


def test_a_slash_at_the_end_is_served_too(app: APIClient) -> None:
    assert app.get(TASKS + "/").status_code == 200
