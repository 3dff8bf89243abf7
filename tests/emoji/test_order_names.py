"""What an order names is read at once, and is what each of its parts tells alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.idempotency import Answer, IdempotentRequest
from apps.emoji import backends, breaker, detections, order_names
from apps.emoji.models import Detection, EmojiTask, EmojiTemplate
from apps.emoji.order_names import OrderNames
from apps.emoji.provider import Fault
from tests.emoji.conftest import create

SHA256 = "a" * 64
REFUSAL = {True: "photo_no_face", False: None}


@pytest.fixture
def seen(task: EmojiTask) -> EmojiTask:
    """A task whose photo was looked at."""
    task.upload.sha256 = SHA256
    task.upload.save()
    return task


def once(user_id: int) -> IdempotentRequest:
    return IdempotentRequest(user_id, "POST /somewhere", "key-12345", b"{}")


def read(task: EmojiTask, **named: Any) -> OrderNames:
    asked: dict[str, Any] = {"driven_id": task.template.driven_id, "upload_id": task.upload_id} | named
    return order_names.read(once(task.user_id), **asked)


def test_template_and_photo_come_with_all_that_is_asked_of_them(seen: EmojiTask) -> None:
    names = read(seen)
    assert (names.template, names.upload) == (seen.template, seen.upload)
    assert names.template
    assert (names.template.name, names.template.preview_url) == (seen.template.name, seen.template.preview_url)
    assert (names.is_answered, names.is_any_account_failing, names.was_looked_at) == (False, False, True)


def test_what_is_not_there_is_not_found(seen: EmojiTask, user: User) -> None:
    assert read(seen, driven_id="nothing").template is None
    without_photo = read(seen, upload_id=1)
    assert (without_photo.upload, without_photo.template) == (None, seen.template)
    assert (without_photo.is_answered, without_photo.is_any_account_failing) == (True, True)


@pytest.mark.django_db(transaction=True)
def test_an_answer_of_this_key_is_known(seen: EmojiTask) -> None:
    once(seen.user_id).answer_once(lambda: Answer(201, b"{}"))
    assert read(seen).is_answered


def test_an_account_that_fails_is_known(seen: EmojiTask, account: str) -> None:
    breaker.fails(account, Fault.PROVIDER, "500")
    assert read(seen).is_any_account_failing


@pytest.mark.parametrize("days", [1, -1])
def test_a_refusal_is_known_while_it_is_good(seen: EmojiTask, days: int) -> None:
    detections.remember_refused(seen.upload, "photo_no_face")
    Detection.objects.update(expires_at=timezone.now() + timedelta(days=days))
    assert read(seen).refusal_of(seen.upload) == detections.refusal(seen.upload) == REFUSAL[days > 0]


def test_another_providers_refusal_is_not_taken(seen: EmojiTask) -> None:
    detections.remember_refused(seen.upload, "photo_no_face")
    Detection.objects.exclude(provider="").update(provider=f"not-{backends.provider_name()}")
    assert read(seen).refusal is None


def test_the_content_of_a_photo_nobody_had_looked_at_is_known_after_the_look(task: EmojiTask) -> None:
    task.upload.sha256 = ""
    task.upload.save()
    names = read(task)
    assert (names.was_looked_at, names.refusal) == (False, None)
    task.upload.sha256 = SHA256
    detections.remember_refused(task.upload, "photo_no_face")
    assert names.refusal_of(task.upload) == "photo_no_face"


@pytest.mark.django_db(transaction=True)
def test_an_order_takes_eight_ways_to_the_database(
    app: APIClient, rich: User, photo_id: str, template: EmojiTemplate
) -> None:
    create(app, photo_id)
    with CaptureQueriesContext(connection) as queries:
        assert create(app, photo_id).status_code == 201
    assert len(queries) <= 8, "\n".join(query["sql"] for query in queries)
