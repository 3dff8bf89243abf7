"""`Idempotency-Key`: the same key brings the same answer, and the effect happens once (contract 1).

The answer is stored in the transaction of the effect, so there is no moment at which one exists without the other; an
effect must not look for what it has written (core/together.py).
A request that fails leaves nothing behind, and its key may be used again.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, QuerySet

from apps.core import together
from apps.core.errors import DomainError
from apps.core.models import IdempotencyRecord
from apps.core.postgres import direct
from apps.core.prepared_query import Given, PreparedQuery

KEY = re.compile(r"[A-Za-z0-9_.:-]{8,128}")
# Contract 1 promises a day; a phone may repeat a request that it began just before.
KEPT = timedelta(days=2)
FORGOTTEN_AT_ONCE = 1000
MOST_BATCHES = 100


def _records() -> QuerySet[IdempotencyRecord]:
    return IdempotencyRecord.objects.filter(user_id=Given("user_id"), scope=Given("scope"), key=Given("key"))


_STORED = PreparedQuery(_records)


class IdempotencyKeyRequired(DomainError):
    code = "idempotency_key_required"
    status = 400
    title = "Idempotency-Key header is missing"


class IdempotencyKeyInvalid(DomainError):
    code = "idempotency_key_invalid"
    status = 400
    title = "Idempotency-Key is not valid"
    detail = "Use 8 to 128 characters of letters, digits and _ . : -"


class IdempotencyInProgress(DomainError):
    code = "idempotency_in_progress"
    status = 409
    title = "The first request with this key is still running"
    retryable = True
    retry_after_seconds = 1


class IdempotencyKeyReused(DomainError):
    code = "idempotency_key_reused"
    status = 422
    title = "This Idempotency-Key belongs to another request"


def is_answered() -> Exists:
    """For a query that is given `user_id`, `scope` and `key`: whether `stored_answer` would find something."""
    return Exists(_records())


def forget_old(now: datetime) -> int:
    """Delete what is older than KEPT, in batches, at most a hundred of them; how many rows went."""
    old = IdempotencyRecord.objects.filter(created_at__lt=now - KEPT).order_by("created_at")
    forgotten = 0
    for _ in range(MOST_BATCHES):
        deleted, _ = IdempotencyRecord.objects.filter(id__in=old.values("id")[:FORGOTTEN_AT_ONCE]).delete()
        forgotten += deleted
        if deleted < FORGOTTEN_AT_ONCE:
            break
    return forgotten


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """`body` is the request in canonical form: equal requests have equal bytes."""

    user_id: int
    scope: str
    key: str
    body: bytes

    def __post_init__(self) -> None:
        if not self.key:
            raise IdempotencyKeyRequired
        if not KEY.fullmatch(self.key):
            raise IdempotencyKeyInvalid

    def stored_answer(self) -> Answer | None:
        """The answer given before. Raises IdempotencyKeyReused when the key came with another body."""
        row = _STORED.first(user_id=self.user_id, scope=self.scope, key=self.key)
        if row is None:
            return None
        if bytes(row.body_sha256) != self._body_sha256:
            raise IdempotencyKeyReused
        return Answer(row.status, bytes(row.answer), replayed=True)

    def answer_once(self, effect: Callable[[], Answer]) -> Answer:
        """Run the effect and keep its answer in one transaction, unless `stored_answer` finds one after all.

        Raises IdempotencyInProgress, IdempotencyKeyReused.
        """
        try:
            return self._answered(effect)
        except (DomainError, IntegrityError):
            # The same request may have been answered since its stored answer was looked for.
            if answer := self.stored_answer():
                return answer
            raise

    def _answered(self, effect: Callable[[], Answer]) -> Answer:
        with transaction.atomic(durable=True):
            if not self._locked():
                raise IdempotencyInProgress
            with together.later():
                answer = effect()
                self._keep(answer)
            return answer

    def _keep(self, answer: Answer) -> None:
        IdempotencyRecord(
            user_id=self.user_id,
            scope=self.scope,
            key=self.key,
            body_sha256=self._body_sha256,
            status=answer.status,
            answer=answer.body,
        ).save()

    @property
    def _body_sha256(self) -> bytes:
        return hashlib.sha256(self.body).digest()

    def _locked(self) -> bool:
        """An advisory lock until the transaction ends: there is no row to lock yet."""
        name = hashlib.sha256(f"{self.user_id}|{self.scope}|{self.key}".encode()).digest()
        number = int.from_bytes(name[:8], "big", signed=True)
        ((is_ours,),) = direct.run("SELECT pg_try_advisory_xact_lock(%s)", [number]).rows
        return bool(is_ours)
