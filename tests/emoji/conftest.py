"""The sweeper that brings a task on, and DashScope over a socket."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.utils import timezone

from apps.core.snowflake import next_id
from apps.emoji import backends, budgets, pipeline
from apps.emoji.budgets import Call
from apps.emoji.models import EmojiTask
from dev.fake_dashscope import FakeDashScope

LONG_AGO = timezone.now() - timedelta(hours=1)
PLENTY = 1_000_000


def advance(task: EmojiTask, times: int = 1) -> EmojiTask:
    """As the sweeper does when the time of the next step has come."""
    for _ in range(times):
        EmojiTask.objects.filter(id=task.id).update(next_step_at=LONG_AGO)
        pipeline.advance(task.id)
    task.refresh_from_db()
    return task


def another(task: EmojiTask, **fields: Any) -> EmojiTask:
    """One more task like this one."""
    copy = EmojiTask.objects.get(id=task.id)
    copy.id, copy.spend_transaction_id = next_id(), next_id()
    for name, value in fields.items():
        setattr(copy, name, value)
    copy.save(force_insert=True)
    return copy


@pytest.fixture
def account() -> str:
    """A name of its own, for Redis remembers the calls of the other tests."""
    return f"account-{uuid4().hex[:12]}"


def counted_since_long(store: "redis.Redis", account: str, call: Call = Call.LOOK_UP) -> None:
    """This Redis has not just lost its memory."""
    store.set(budgets._key(account, call, "since"), 1)


@pytest.fixture
def store(settings: Any) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


@pytest.fixture
def guarded_dashscope(settings: Any, store: "redis.Redis", account: str) -> Iterator[FakeDashScope]:
    """DashScope with one account: its budgets larger than any test's need, its places as many as the test says."""
    fake = FakeDashScope()
    fake.start()
    settings.ALIYUN_EMOJI_MOCK = False
    settings.DASHSCOPE_API_KEY = ""
    settings.DASHSCOPE_ACCOUNTS = {account: "the key"}
    settings.DASHSCOPE_BASE_URL = fake.url
    settings.DASHSCOPE_RESULT_HOST_SUFFIX = "127.0.0.1"
    settings.DASHSCOPE_PLACES = 100
    for name in ("DETECTIONS", "SUBMISSIONS", "LOOK_UPS"):
        setattr(settings, f"DASHSCOPE_{name}_PER_SECOND", PLENTY)
    backends.forget()
    for call in Call:
        counted_since_long(store, account, call)
    yield fake
    fake.stop()
