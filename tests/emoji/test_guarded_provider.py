"""Tasks wait for their account, which costs them nothing: no attempt, no lease, no second payment."""

from typing import Any

import pytest
import redis

from apps.emoji import backends, breaker, budgets
from apps.emoji.budgets import Call
from apps.emoji.models import EmojiTask, ProviderHealth
from apps.emoji.provider import Fault, NotNow, Photo
from dev.dashscope_behaviours import answers, loses_the_answer
from dev.fake_dashscope import FakeDashScope
from tests.emoji.conftest import LONG_AGO, advance, counted_since_long

ARREARS = answers({"code": "Arrearage", "message": "Access denied, please pay."}, 400)
THROTTLED = answers({"code": "Throttling.RateQuota", "message": "Requests rate limit exceeded"}, 429)
BROKEN = answers({"code": "InternalError", "message": "An internal error has occured"}, 500)
SLOW = 1 / 3600
BOXES = {"face_box": [212, 194, 460, 441], "extended_box": [63, 30, 509, 476]}


def probe_time() -> None:
    ProviderHealth.objects.update(open_until=LONG_AGO)


def test_a_whole_task_passes(task: EmojiTask, guarded_dashscope: FakeDashScope, account: str) -> None:
    assert advance(task, 2).status == "succeeded"
    assert task.provider_account == account


@pytest.mark.parametrize(
    ("limit", "operation", "stage"),
    [
        ("DETECTIONS", "detect", "detecting"),
        ("SUBMISSIONS", "submit", "submitting"),
        ("LOOK_UPS", "ask", "generating"),
    ],
)
def test_a_task_that_gets_no_leave_is_put_back_uncounted(
    task: EmojiTask,
    guarded_dashscope: FakeDashScope,
    settings: Any,
    account: str,
    limit: str,
    operation: str,
    stage: str,
) -> None:
    setattr(settings, f"DASHSCOPE_{limit}_PER_SECOND", SLOW)
    backends.forget()
    call = {"detect": Call.DETECTION, "submit": Call.SUBMISSION, "ask": Call.LOOK_UP}[operation]
    assert budgets.take(account, call, SLOW) == 0
    advance(task, 20)
    assert operation not in [call.operation for call in guarded_dashscope.calls]
    assert (task.status, task.stage) == ("processing", stage)
    assert (task.claims, task.retries, task.lease_token, task.lease_until) == (0, 0, None, None)
    assert task.next_step_at > LONG_AGO
    assert task.submit_no == (1 if stage == "generating" else 0)


def test_a_put_back_task_keeps_the_count_of_its_dead_workers(
    task: EmojiTask, guarded_dashscope: FakeDashScope, settings: Any, account: str
) -> None:
    settings.DASHSCOPE_DETECTIONS_PER_SECOND = SLOW
    backends.forget()
    budgets.take(account, Call.DETECTION, SLOW)
    EmojiTask.objects.update(claims=2)
    assert advance(task).claims == 2


def test_throttled_tasks_wait_and_do_not_fail(
    task: EmojiTask, guarded_dashscope: FakeDashScope, store: "redis.Redis", account: str
) -> None:
    guarded_dashscope.next("detect", *[THROTTLED] * 3)
    for _ in range(20):
        advance(task)
        store.delete(budgets._key(account, Call.DETECTION, "pause"))
    assert (task.status, task.submit_no) == ("succeeded", 1)


def test_one_throttled_call_rests_the_whole_account(
    task: EmojiTask, guarded_dashscope: FakeDashScope, account: str
) -> None:
    guarded_dashscope.next("detect", answers({"code": "Throttling", "message": ""}, 429, {"Retry-After": "50"}))
    advance(task, 5)
    assert [call.operation for call in guarded_dashscope.calls] == ["detect"]
    assert budgets.take(account, Call.DETECTION, 1000) > 40


def test_no_account_rests_for_longer_than_a_minute_whatever_it_is_told(
    task: EmojiTask, guarded_dashscope: FakeDashScope, account: str
) -> None:
    guarded_dashscope.next("detect", answers({"code": "Throttling", "message": ""}, 429, {"Retry-After": "86400"}))
    advance(task)
    assert 0 < budgets.take(account, Call.DETECTION, 1000) <= 60


def test_arrears_keep_a_task_waiting_and_do_not_burn_it(
    task: EmojiTask, guarded_dashscope: FakeDashScope, account: str
) -> None:
    guarded_dashscope.next("detect", *[ARREARS] * 20)
    for _ in range(20):
        advance(task)
        probe_time()
    assert (task.status, task.provider_account, task.deadline_at, task.retries) == ("processing", "", None, 0)
    assert breaker.outages([account])[account].fault == Fault.ACCOUNT
    advance(task, 2)
    assert (task.status, len(guarded_dashscope.submissions)) == ("succeeded", 1)
    assert breaker.outages([account]) == {}


def test_while_an_account_is_out_nobody_calls_it(
    task: EmojiTask, guarded_dashscope: FakeDashScope, account: str
) -> None:
    guarded_dashscope.next("detect", ARREARS)
    advance(task, 10)
    assert len(guarded_dashscope.calls) == 1


def test_a_running_task_outlives_an_outage_of_the_provider(task: EmojiTask, guarded_dashscope: FakeDashScope) -> None:
    advance(task)
    guarded_dashscope.next("ask", *[BROKEN] * 30)
    for _ in range(30):
        advance(task)
        probe_time()
    assert (task.status, task.retries) == ("processing", breaker.MOST_FAILURES - 1)
    assert advance(task).status == "succeeded"


def test_another_account_takes_over_what_was_not_submitted(
    task: EmojiTask, guarded_dashscope: FakeDashScope, store: "redis.Redis", settings: Any, account: str
) -> None:
    second = f"{account}-b"
    settings.DASHSCOPE_ACCOUNTS = {account: "the key", second: "the second key"}
    backends.forget()
    advance(task)
    first = task.provider_account
    assert task.stage == "generating"
    EmojiTask.objects.update(stage="submitting", submit_sent_at=None, submit_no=0, provider_task_id=None)
    for call in Call:
        counted_since_long(store, second, call)
    guarded_dashscope.next("submit", ARREARS)
    advance(task, 3)
    assert (task.status, task.provider_account) == ("succeeded", next(iter({account, second} - {first})))


def test_a_lost_answer_is_remembered_even_when_it_is_the_last_failure_the_account_had(
    task: EmojiTask, guarded_dashscope: FakeDashScope, account: str, settings: Any
) -> None:
    settings.EMOJI_ORPHAN_WINDOW_SECONDS = 60
    EmojiTask.objects.update(
        status="processing", stage="submitting", provider_account=account, photo_key=task.upload.key, **BOXES
    )
    ProviderHealth.objects.create(account=account, failures=breaker.MOST_FAILURES - 1)
    guarded_dashscope.next("submit", loses_the_answer)
    advance(task)
    assert (task.submit_no, task.submit_sent_at is None, task.provider_account) == (1, False, account)
    assert breaker.outages([account])[account].fault == Fault.PROVIDER
    assert (advance(task).provider_account, task.submit_no) == (account, 1)
    probe_time()
    assert advance(task, 3).status == "succeeded"
    assert (len(guarded_dashscope.submissions), task.submit_no) == (1, 1)


def test_what_the_provider_broke_down_over_is_remembered_whether_or_not_the_account_is_left_alone_for_it(
    task: EmojiTask, guarded_dashscope: FakeDashScope, account: str
) -> None:
    guarded_dashscope.next("submit", BROKEN)
    advance(task)
    assert (task.submit_no, task.submit_sent_at, task.lost_submission_at is None) == (0, None, False)
    EmojiTask.objects.update(lost_submission_at=None)
    ProviderHealth.objects.update(failures=breaker.MOST_FAILURES - 1)
    guarded_dashscope.next("submit", BROKEN)
    advance(task)
    assert breaker.outages([account])[account].fault == Fault.PROVIDER
    assert (task.submit_no, task.submit_sent_at, task.lost_submission_at is None) == (0, None, False)


def test_a_refused_photo_is_no_fault_of_the_account(
    task: EmojiTask, guarded_dashscope: FakeDashScope, account: str
) -> None:
    ProviderHealth.objects.create(account=account, failures=4)
    guarded_dashscope.next("detect", answers({"output": {"code": "InvalidFile.NoHuman", "message": "no"}}))
    assert advance(task).error_code == "photo_no_face"
    assert ProviderHealth.objects.get().failures == 0


def test_a_lost_submission_waits_while_the_list_is_refused_and_nothing_else_does(
    task: EmojiTask, guarded_dashscope: FakeDashScope, account: str, settings: Any
) -> None:
    settings.EMOJI_ORPHAN_WINDOW_SECONDS = 60
    guarded_dashscope.next("submit", loses_the_answer)
    guarded_dashscope.next("list", answers({"code": "AccessDenied", "message": "Access denied."}, 403))
    advance(task, 2)
    assert (task.status, task.stage, task.retries, task.provider_account) == ("processing", "submitting", 0, account)
    assert breaker.outages([account]) == {}
    assert advance(task, 3).status == "succeeded"
    assert len(guarded_dashscope.submissions) == 1


def test_whoever_calls_the_provider_directly_learns_how_long_to_wait(
    guarded_dashscope: FakeDashScope, db: None, account: str
) -> None:
    guarded_dashscope.next("detect", ARREARS)
    with pytest.raises(NotNow) as refused:
        backends.provider().detect(Photo("key", "https://photos.example/1.jpg"))
    assert refused.value.retry_after_seconds == 30
    assert refused.value.code == "provider_unavailable"
