"""A photo is checked for no points, and paid for once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import Device, User
from apps.emoji import backends, breaker, photo_check, pipeline
from apps.emoji.budgets import Call
from apps.emoji.models import Detection, EmojiTemplate, PhotoUpload
from apps.emoji.photo_store import PhotoStoreUnavailable
from apps.emoji.provider import Fault, NotNow, ProviderError, Retry
from apps.points.models import UserPoints
from dev.fake_dashscope import FakeDashScope
from tests.conftest import app_of
from tests.emoji.conftest import check, counted_since_long, create, upload
from tests.fakes import BOXES, ScriptedProvider


class TestCheck:
    def test_a_good_photo_passes_with_its_boxes(
        self, app: APIClient, photo_id: str, provider: ScriptedProvider
    ) -> None:
        answer = check(app, photo_id)
        body = answer.json()
        assert (answer.status_code, body["passed"], body["reason"], body["hint"]) == (200, True, None, None)
        assert (body["face_box"], body["ext_box"]) == (list(BOXES.face), list(BOXES.extended))

    def test_a_bad_photo_is_refused_with_its_reason_and_a_sentence(
        self, app: APIClient, photo_id: str, provider: ScriptedProvider
    ) -> None:
        provider.next("detect", ProviderError("photo_face_covered", raw="InvalidFile.FullFace"))
        body = check(app, photo_id).json()
        assert (body["passed"], body["reason"]) == (False, "photo_face_covered")
        assert (body["hint"], body["face_box"]) == ("Something covers the face, or it is cut off.", None)
        assert check(app, photo_id, "es").json()["hint"] == "Algo tapa la cara, o la cara está cortada."

    def test_the_photo_of_who_was_forgotten_while_it_was_looked_at_is_shown_to_nobody(
        self, app: APIClient, photo_id: str, provider: ScriptedProvider, forgotten_meanwhile: None
    ) -> None:
        answer = check(app, photo_id)
        assert (answer.status_code, answer.json()["code"]) == (401, "session_revoked")
        assert provider.calls == []
        assert not Detection.objects.exists()

    def test_it_costs_no_points(self, app: APIClient, rich: User, photo_id: str, provider: ScriptedProvider) -> None:
        check(app, photo_id)
        assert UserPoints.objects.get(user=rich).balance == 1000

    @pytest.mark.parametrize("outcome", [BOXES, ProviderError("photo_no_face")], ids=["passed", "refused"])
    def test_the_same_photo_again_brings_the_stored_answer(
        self, app: APIClient, photo_id: str, portrait: bytes, provider: ScriptedProvider, outcome: Any
    ) -> None:
        provider.next("detect", outcome)
        first = check(app, photo_id).json()
        assert check(app, photo_id).json() == first
        assert check(app, upload(app, portrait)).json() == first
        assert provider.calls == ["detect"]

    def test_an_old_answer_is_asked_for_again(self, app: APIClient, photo_id: str, provider: ScriptedProvider) -> None:
        check(app, photo_id)
        Detection.objects.update(expires_at=timezone.now())
        assert check(app, photo_id).json()["passed"] is True
        assert provider.calls == ["detect", "detect"]

    def test_another_users_same_photo_is_another_photo(
        self,
        app: APIClient,
        photo_id: str,
        portrait: bytes,
        provider: ScriptedProvider,
        new_device: Callable[[], Device],
    ) -> None:
        check(app, photo_id)
        other = app_of(new_device())
        check(other, upload(other, portrait))
        assert provider.calls == ["detect", "detect"]

    def test_another_providers_answer_is_not_taken(
        self, app: APIClient, photo_id: str, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        check(app, photo_id)
        monkeypatch.setattr(backends, "provider_name", lambda: "another")
        check(app, photo_id)
        assert provider.calls == ["detect", "detect"]

    def test_what_a_task_learns_of_the_photo_meanwhile_is_not_forgotten_with_a_question_that_has_no_answer(
        self, app: APIClient, rich: User, photo_id: str, provider: ScriptedProvider
    ) -> None:
        task_id = int(create(app, photo_id).json()["id"])

        def a_worker_is_answered_first() -> None:
            pipeline.advance(task_id)
            raise ProviderError("provider_unavailable", retry=Retry.LATER)

        provider.next("detect", a_worker_is_answered_first)
        assert check(app, photo_id).status_code == 503
        assert check(app, photo_id).json()["passed"]
        assert provider.calls == ["detect", "detect", "submit"]

    def test_another_account_is_asked_while_the_first_one_is_out(
        self, app: APIClient, photo_id: str, guarded_dashscope: FakeDashScope, account: str, store: Any, settings: Any
    ) -> None:
        settings.DASHSCOPE_ACCOUNTS = {account: "key", f"{account}-b": "key b"}
        counted_since_long(store, f"{account}-b", Call.DETECTION)
        breaker.fails(account, Fault.ACCOUNT, "Arrearage")
        assert check(app, photo_id).json()["passed"]
        assert [call.headers["Authorization"] for call in guarded_dashscope.calls] == ["Bearer key b"]

    def test_a_photo_that_cannot_be_decoded_is_refused_without_the_provider(
        self, app: APIClient, photo_id: str, portrait: bytes, provider: ScriptedProvider
    ) -> None:
        key = PhotoUpload.objects.get(id=photo_id).key
        backends.photo_store().write(key, portrait[: len(portrait) // 3], content_type="image/jpeg")
        assert check(app, photo_id).json()["reason"] == "photo_unreadable"
        assert provider.calls == []


class TestRefusals:
    def test_a_provider_that_is_away_is_told_and_asked_again_later(
        self, app: APIClient, photo_id: str, provider: ScriptedProvider
    ) -> None:
        provider.next("detect", ProviderError("provider_unavailable", retry=Retry.LATER))
        answer = check(app, photo_id)
        assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
        assert answer["Retry-After"] == "10"
        assert check(app, photo_id).json()["passed"] is True

    @pytest.mark.parametrize(
        "error",
        [
            NotNow("provider_rate_limited", 0.4, raw="our own limit"),
            NotNow("provider_unavailable", 29.2, raw="left alone", account_is_out=True),
        ],
    )
    def test_when_to_ask_again_is_when_the_account_may_be_called(
        self, app: APIClient, photo_id: str, provider: ScriptedProvider, error: NotNow
    ) -> None:
        provider.next("detect", error)
        assert check(app, photo_id)["Retry-After"] == {0.4: "1", 29.2: "30"}[error.wait_seconds]

    def test_without_any_account_nobody_checks_photos(self, app: APIClient, photo_id: str, settings: Any) -> None:
        settings.ALIYUN_EMOJI_MOCK, settings.DASHSCOPE_API_KEY, settings.DASHSCOPE_ACCOUNTS = False, "", {}
        backends.forget()
        answer = check(app, photo_id)
        assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
        # The question is not left open: it may be asked again at once.
        assert check(app, photo_id).json()["code"] == "provider_unavailable"

    def test_a_store_that_goes_away_is_an_outage(
        self, app: APIClient, photo_id: str, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: Any, **__: Any) -> None:
            raise PhotoStoreUnavailable("away")

        with monkeypatch.context() as outage:
            outage.setattr(backends.photo_store(), "write", away)
            assert check(app, photo_id).json()["code"] == "dependency_unavailable"
        assert check(app, photo_id).json()["passed"] is True

    def test_a_photo_that_never_arrived_or_is_somebody_elses_is_told(
        self, app: APIClient, photo_id: str, provider: ScriptedProvider, new_device: Callable[[], Device]
    ) -> None:
        assert check(app_of(new_device()), photo_id).json()["code"] == "upload_not_found"
        ticket = app.post(
            "/api/v1/emoji/uploads", {"content_type": "image/jpeg", "content_length": 9}, format="json"
        ).json()
        assert check(app, ticket["upload_id"]).json()["code"] == "upload_not_completed"

    @pytest.mark.usefixtures("one_day")
    def test_a_day_has_its_limit(
        self, app: APIClient, photo_id: str, provider: ScriptedProvider, configure: Callable[..., None], user: User
    ) -> None:
        configure(detections={"daily": 1})
        other = Detection.objects.create(
            user=user,
            photo_sha256="of another photo",
            outcome="failed",
            asked_at=timezone.now(),
            expires_at=timezone.now(),
        )
        answer = check(app, photo_id)
        assert (answer.status_code, answer.json()["code"]) == (429, "daily_limit_reached")
        assert int(answer["Retry-After"]) > 0
        other.delete()
        assert check(app, photo_id).status_code == 200

    def test_a_question_whose_process_died_is_asked_again(
        self, app: APIClient, photo_id: str, provider: ScriptedProvider
    ) -> None:
        check(app, photo_id)
        Detection.objects.update(outcome="pending")
        assert check(app, photo_id).json()["code"] == "conflict"
        Detection.objects.update(asked_at=timezone.now() - photo_check.LONGEST_QUESTION)
        assert check(app, photo_id).json()["passed"] is True


@pytest.mark.django_db(transaction=True)
def test_of_ten_checks_at_once_one_is_paid_for(
    app: APIClient, device: Device, template: EmojiTemplate, portrait: bytes, provider: ScriptedProvider
) -> None:
    photo_id, start, answers = upload(app, portrait), threading.Barrier(10), []

    def ask() -> None:
        start.wait()
        answers.append(check(app_of(device), photo_id))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert provider.calls == ["detect"]
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert check(app, photo_id).json()["passed"] is True
    assert provider.calls == ["detect"]
