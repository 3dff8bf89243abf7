"""Several accounts at the provider: each task stays with the one that took it."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
import redis
from django.utils import timezone

from apps.emoji import backends, provider_accounts
from apps.emoji.budgets import Call
from apps.emoji.models import EmojiTask
from apps.emoji.provider_accounts import AccountRemoved
from dev.dashscope_behaviours import loses_the_answer
from dev.fake_dashscope import FakeDashScope
from tests.emoji.conftest import LONG_AGO, PLENTY, advance, counted_since_long


@pytest.fixture(autouse=True)
def dashscope(settings: Any, store: "redis.Redis") -> Iterator[FakeDashScope]:
    fake = FakeDashScope()
    for call, name in product(Call, ("default", "second")):
        counted_since_long(store, name, call)
    for limit in ("DETECTIONS", "SUBMISSIONS", "LOOK_UPS"):
        setattr(settings, f"DASHSCOPE_{limit}_PER_SECOND", PLENTY)
    fake.start()
    settings.ALIYUN_EMOJI_MOCK = False
    settings.DASHSCOPE_API_KEY = "the default key"
    settings.DASHSCOPE_ACCOUNTS = {"second": "the second key"}
    settings.DASHSCOPE_BASE_URL = fake.url
    settings.DASHSCOPE_RESULT_HOST_SUFFIX = "127.0.0.1"
    settings.EMOJI_ORPHAN_WINDOW_SECONDS = 60
    backends.forget()
    yield fake
    fake.stop()


def keys(fake: FakeDashScope) -> list[tuple[str, str]]:
    return [(call.operation, call.headers.get("Authorization", "").removeprefix("Bearer ")) for call in fake.calls]


def given_to(account: str, **fields: Any) -> None:
    EmojiTask.objects.update(
        provider="dashscope", provider_account=account, status="processing", started_at=LONG_AGO, **fields
    )


def test_one_key_alone_is_the_default_account(settings: Any) -> None:
    settings.DASHSCOPE_ACCOUNTS = {}
    assert [account.name for account in provider_accounts.configured()] == ["default"]


def test_a_list_of_accounts_needs_no_default(settings: Any) -> None:
    settings.DASHSCOPE_API_KEY = ""
    assert [account.name for account in provider_accounts.configured()] == ["second"]


def test_a_key_is_not_printed() -> None:
    assert "key" not in repr(provider_accounts.configured()).replace("api_key", "")


def test_without_any_key_there_is_nobody_to_ask(settings: Any) -> None:
    settings.DASHSCOPE_API_KEY, settings.DASHSCOPE_ACCOUNTS = "", {}
    with pytest.raises(AccountRemoved):
        backends.provider()


def test_a_task_is_asked_for_with_the_key_that_submitted_it(task: EmojiTask, dashscope: FakeDashScope) -> None:
    given_to("second", stage="generating", provider_task_id="theirs", submit_no=1, submit_sent_at=LONG_AGO)
    advance(task)
    assert keys(dashscope) == [("ask", "the second key")]


def test_a_lost_submission_is_looked_for_in_its_accounts_list(task: EmojiTask, dashscope: FakeDashScope) -> None:
    dashscope.next("submit", loses_the_answer)
    given_to("second")
    advance(task, 3)
    assert task.status == "succeeded"
    assert {key for operation, key in keys(dashscope) if operation != "download"} == {"the second key"}


def test_a_task_from_the_time_of_one_account_belongs_to_the_first(task: EmojiTask, dashscope: FakeDashScope) -> None:
    given_to("", stage="generating", provider_task_id="old", submit_no=1, submit_sent_at=LONG_AGO)
    advance(task)
    assert keys(dashscope) == [("ask", "the default key")]


class TestAnAccountThatThisWorkerDoesNotKnow:
    """It was removed; or it is new, and this worker was started before."""

    def test_what_it_has_not_taken_goes_to_another(self, task: EmojiTask, dashscope: FakeDashScope) -> None:
        given_to("gone", stage="detecting", deadline_at=timezone.now() + timedelta(minutes=5))
        advance(task, 2)
        assert (task.provider_account, task.submit_no) == ("default", 1)

    @pytest.mark.parametrize(
        ("stage", "known"), [("generating", {"provider_task_id": "theirs"}), ("submitting", {"photo_key": "a.jpg"})]
    )
    def test_what_it_has_or_may_have_taken_waits_for_a_worker_that_knows_it(
        self, task: EmojiTask, dashscope: FakeDashScope, stage: str, known: dict[str, Any]
    ) -> None:
        given_to("new", stage=stage, submit_no=1, submit_sent_at=LONG_AGO, **known)
        advance(task, 12)
        assert (task.status, task.claims, task.retries, task.submit_no) == ("processing", 0, 0, 1)
        assert task.error_raw == "the account new is not configured here"
        assert dashscope.calls == []

    def test_and_is_made_by_it(self, task: EmojiTask, dashscope: FakeDashScope, settings: Any) -> None:
        given_to("second", stage="generating", provider_task_id="theirs", submit_no=1, submit_sent_at=LONG_AGO)
        known, settings.DASHSCOPE_ACCOUNTS = settings.DASHSCOPE_ACCOUNTS, {}
        assert advance(task).error_raw == "the account second is not configured here"
        settings.DASHSCOPE_ACCOUNTS = known
        advance(task)
        assert keys(dashscope) == [("ask", "the second key")]

    def test_and_ends_at_its_deadline_and_says_why(self, task: EmojiTask, dashscope: FakeDashScope) -> None:
        given_to("gone", stage="generating", provider_task_id="theirs", submit_no=1, submit_sent_at=LONG_AGO)
        advance(task)
        EmojiTask.objects.update(deadline_at=LONG_AGO)
        advance(task)
        assert (task.status, task.error_code) == ("failed", "deadline_exceeded")
        assert task.error_raw == "in stage generating: the account gone is not configured here"
        assert dashscope.calls == []
