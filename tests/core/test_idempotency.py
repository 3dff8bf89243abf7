"""Answers are kept for their time, and then forgotten."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.core import idempotency, tasks
from apps.core.idempotency import Answer, IdempotentRequest
from apps.core.models import IdempotencyRecord


def remember(user: User, key: str, age: timedelta) -> None:
    request = IdempotentRequest(user.id, "POST /somewhere", key, b"{}")
    IdempotencyRecord.objects.create(
        user=user, scope=request.scope, key=key, body_sha256=b"", status=201, answer=Answer(201, b"{}").body
    )
    IdempotencyRecord.objects.filter(key=key).update(created_at=timezone.now() - age)


def test_an_answer_of_yesterday_is_kept_and_older_ones_go(user: User) -> None:
    remember(user, "yesterday", timedelta(hours=25))
    remember(user, "long-ago", timedelta(hours=49))
    tasks.forget_idempotency_keys()
    tasks.forget_idempotency_keys()
    assert [row.key for row in IdempotencyRecord.objects.all()] == ["yesterday"]


def test_old_answers_go_batch_by_batch_and_a_run_has_an_end(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "FORGOTTEN_AT_ONCE", 2)
    monkeypatch.setattr(idempotency, "MOST_BATCHES", 2)
    for number in range(5):
        remember(user, f"number-{number}", timedelta(days=3 + number))
    assert idempotency.forget_old(timezone.now()) == 4
    assert [row.key for row in IdempotencyRecord.objects.all()] == ["number-0"]
