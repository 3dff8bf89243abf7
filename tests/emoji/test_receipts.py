"""What comes back of a task that failed, and what its user is told of it."""

import json
from typing import Any

from rest_framework.test import APIClient

from apps.emoji import lease, pipeline, staff_actions
from apps.emoji.models import EmojiTask
from apps.emoji.provider import FaceBoxes, ProviderError
from apps.points.models import UserPoints
from tests.emoji.conftest import LONG_AGO, advance
from tests.fakes import ScriptedProvider


def refund(settings: Any, tmp_path: Any, **classes: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"refund_policy": {"user_input": "none", "provider": "none", **classes}}))
    settings.REMOTE_CONFIG_FILE = str(file)


def fail(task: EmojiTask, provider: ScriptedProvider, code: str) -> int:
    provider.next("detect", ProviderError(code))
    assert advance(task).error_code == code
    return int(UserPoints.objects.get(user=task.user_id).balance)


def test_by_default_nothing_comes_back(paid: EmojiTask, provider: ScriptedProvider) -> None:
    assert fail(paid, provider, "provider_failed") == 100
    assert paid.refund_transaction_id is None


def test_a_class_of_failures_can_be_made_good(
    paid: EmojiTask, provider: ScriptedProvider, settings: Any, tmp_path: Any, app: Any
) -> None:
    refund(settings, tmp_path, provider="full")
    assert fail(paid, provider, "provider_failed") == 300
    told = app.get(f"/api/v1/emoji/tasks/{paid.id}").json()["points"]
    assert (told["refunded"], told["message"]) == (200, "200 points were returned.")
    assert told["refund_transaction_id"] == str(paid.refund_transaction_id)


def test_a_worker_that_lost_its_lease_gives_nothing_back(
    paid: EmojiTask, provider: ScriptedProvider, settings: Any, tmp_path: Any
) -> None:
    def another_worker_takes_it() -> FaceBoxes:
        EmojiTask.objects.update(lease_until=LONG_AGO)
        assert lease.claim(paid.id)
        raise ProviderError("provider_failed")

    refund(settings, tmp_path, provider="full")
    provider.next("detect", another_worker_takes_it)
    pipeline.advance(paid.id)
    assert UserPoints.objects.get(user=paid.user_id).balance == 100


def test_what_was_given_back_is_told_after_a_free_retry_that_failed_too(
    paid: EmojiTask, provider: ScriptedProvider, app: APIClient
) -> None:
    fail(paid, provider, "provider_failed")
    staff_actions.refund(paid.id)
    staff_actions.retry(paid.id, for_free=True)
    assert fail(paid, provider, "provider_failed") == 300
    told = app.get(f"/api/v1/emoji/tasks/{paid.id}").json()["points"]
    assert (told["refunded"], told["refund_transaction_id"]) == (200, str(paid.refund_transaction_id))


def test_other_classes_stay_as_they_are(
    paid: EmojiTask, provider: ScriptedProvider, settings: Any, tmp_path: Any
) -> None:
    refund(settings, tmp_path, provider="full")
    assert fail(paid, provider, "photo_no_face") == 100
