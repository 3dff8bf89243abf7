"""Answers are kept for their time, and then forgotten."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Device, User
from apps.core import idempotency, tasks
from apps.core.errors import NotFound
from apps.core.idempotency import Answer, IdempotencyKeyReused, IdempotentRequest
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


@pytest.mark.django_db(transaction=True)
def test_a_key_is_its_users_and_its_kind_of_requests_alone(user: User, new_device: Callable[[], Device]) -> None:
    IdempotentRequest(user.id, "POST /somewhere", "the-same-key", b"{}").answer_once(lambda: Answer(201, b"first"))
    for user_id, scope in ((new_device().user_id, "POST /somewhere"), (user.id, "POST /elsewhere")):
        other = IdempotentRequest(user_id, scope, "the-same-key", b"{}")
        assert other.stored_answer() is None
        assert other.answer_once(lambda: Answer(201, b"their own")) == Answer(201, b"their own")


@pytest.mark.django_db(transaction=True)
class TestOneThatWasAnsweredMeanwhile:
    """By the same request, sent twice: the first one ended between this one's look for an answer and its turn."""

    def test_its_effect_is_undone_and_the_first_answer_is_given(self, user: User) -> None:
        request = IdempotentRequest(user.id, "POST /somewhere", "the-same-key", b"{}")
        first = request.answer_once(lambda: Answer(201, b"first"))

        def again() -> Answer:
            User.objects.filter(id=user.id).update(nickname="Twice")
            return Answer(201, b"second")

        assert request.answer_once(again) == Answer(201, b"first", replayed=True)
        assert first == Answer(201, b"first")
        assert User.objects.get(id=user.id).nickname != "Twice"

    def test_neither_is_it_told_what_the_first_one_used_up(self, user: User) -> None:
        request = IdempotentRequest(user.id, "POST /somewhere", "the-same-key", b"{}")
        request.answer_once(lambda: Answer(201, b"first"))

        def too_late() -> Answer:
            raise NotFound

        assert request.answer_once(too_late).body == b"first"

    def test_another_body_is_refused(self, user: User) -> None:
        IdempotentRequest(user.id, "POST /somewhere", "the-same-key", b"{}").answer_once(lambda: Answer(201, b"first"))
        other = IdempotentRequest(user.id, "POST /somewhere", "the-same-key", b"[]")
        with pytest.raises(IdempotencyKeyReused):
            other.answer_once(lambda: Answer(201, b"second"))

    def test_an_effect_that_fails_leaves_its_key_free(self, user: User) -> None:
        request = IdempotentRequest(user.id, "POST /somewhere", "the-same-key", b"{}")

        def fails() -> Answer:
            raise NotFound

        with pytest.raises(NotFound):
            request.answer_once(fails)
        assert request.answer_once(lambda: Answer(201, b"now")) == Answer(201, b"now")
