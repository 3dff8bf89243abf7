"""Many running tasks are looked at together, from few calls."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.core.snowflake import next_ids
from apps.emoji import breaker, look_ups, pipeline, tasks
from apps.emoji.models import EmojiTask, ProviderHealth
from dev.dashscope_behaviours import answers
from dev.fake_dashscope import FakeDashScope, Submission
from tests.conftest import spend_for
from tests.emoji.conftest import LONG_AGO

MANY = 500
REFUSED = answers({"code": "AccessDenied", "message": "Access denied."}, 403)


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the sweeper rings for: ids of tasks, and names of accounts."""
    rung: list[Any] = []
    monkeypatch.setattr(tasks.advance, "delay", rung.append)
    monkeypatch.setattr(tasks.look_up, "delay", rung.append)
    return rung


@pytest.fixture
def running(task: EmojiTask, guarded_dashscope: FakeDashScope, account: str) -> list[EmojiTask]:
    """Five hundred at the provider, all due to be looked at."""
    guarded_dashscope.run_seconds = 3600
    sent_at = timezone.now() - timedelta(minutes=1)
    rows = [_running(task, task_id, account, sent_at) for task_id in next_ids(MANY)]
    EmojiTask.objects.bulk_create(rows)
    task.delete()
    guarded_dashscope.submissions += [Submission(str(row.provider_task_id), {}, sent_at.timestamp()) for row in rows]
    return rows


def _running(task: EmojiTask, task_id: int, account: str, sent_at: Any) -> EmojiTask:
    return EmojiTask(
        id=task_id,
        user=task.user,
        template=task.template,
        upload=task.upload,
        cost=1,
        spend_transaction_id=spend_for(task_id, task.user, 1),
        next_step_at=LONG_AGO,
        status="processing",
        stage="generating",
        started_at=sent_at,
        deadline_at=sent_at + timedelta(hours=1),
        provider="dashscope",
        provider_account=account,
        provider_task_id=f"provider-{task_id}",
        submit_no=1,
        submit_sent_at=sent_at,
    )


def still_due() -> int:
    return int(EmojiTask.objects.due().count())


def test_five_hundred_are_looked_at_with_six_calls(
    running: list[EmojiTask], guarded_dashscope: FakeDashScope, bells: list[Any], account: str
) -> None:
    tasks.ring_due()
    assert bells == [account]
    tasks.look_up(account)
    assert bells == [account]
    assert [call.operation for call in guarded_dashscope.calls] == ["list"] * 6
    assert still_due() == 0
    next_look = timezone.now() + timedelta(minutes=1)
    assert EmojiTask.objects.filter(next_step_at__lte=next_look, provider_status="running").count() == MANY


def test_the_sweeper_does_not_ring_twice_for_the_same_look(
    running: list[EmojiTask], bells: list[Any], account: str
) -> None:
    tasks.ring_due()
    tasks.ring_due()
    assert bells == [account]


def test_a_look_may_be_over_before_the_sweep_is(
    running: list[EmojiTask], account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.look_up, "delay", tasks.look_up)
    tasks.ring_due()
    assert not EmojiTask.objects.exclude(rung_at=None).exists()


def test_a_look_that_could_not_be_rung_for_is_rung_for_again(
    running: list[EmojiTask], bells: list[Any], account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_reach(_: str) -> None:
        raise OperationalError

    with monkeypatch.context() as broken:
        broken.setattr(tasks.look_up, "delay", out_of_reach)
        tasks.ring_due()
    tasks.ring_due()
    assert bells == [account]


def test_those_that_have_ended_are_asked_for_singly_within_the_budget(
    running: list[EmojiTask], guarded_dashscope: FakeDashScope, bells: list[Any], account: str, settings: Any
) -> None:
    settings.DASHSCOPE_LOOK_UPS_PER_SECOND, settings.EMOJI_SWEEP_SECONDS = 20, 2
    guarded_dashscope.run_seconds = 0
    tasks.look_up(account)
    assert len(bells) == 41
    tasks.ring_due()
    assert bells[41:] == [account]


def test_a_few_are_asked_for_singly_at_once(
    running: list[EmojiTask], guarded_dashscope: FakeDashScope, bells: list[Any]
) -> None:
    few = [row.id for row in running[:3]]
    EmojiTask.objects.exclude(id__in=few).delete()
    tasks.ring_due()
    assert sorted(bells) == sorted(few)
    assert guarded_dashscope.calls == []


@pytest.mark.parametrize("several", [tasks.LIST_FROM - 1, tasks.LIST_FROM])
def test_those_past_their_deadline_end_whatever_the_list_says_of_them(
    running: list[EmojiTask], guarded_dashscope: FakeDashScope, monkeypatch: pytest.MonkeyPatch, several: int
) -> None:
    monkeypatch.setattr(tasks.look_up, "delay", tasks.look_up)
    monkeypatch.setattr(tasks.advance, "delay", pipeline.advance)
    EmojiTask.objects.exclude(id__in=[row.id for row in running[:several]]).delete()
    EmojiTask.objects.update(deadline_at=LONG_AGO)
    tasks.ring_due()
    ended = EmojiTask.objects.filter(status="failed", error_code="deadline_exceeded")
    assert (ended.count(), guarded_dashscope.calls) == (several, [])


def test_a_list_that_cannot_be_read_is_replaced_by_questions(
    running: list[EmojiTask], guarded_dashscope: FakeDashScope, account: str
) -> None:
    guarded_dashscope.next("list", answers(b"<html>"))
    assert len(look_ups.look(account)) == MANY


def test_a_key_that_may_not_read_the_list_asks_for_each(
    running: list[EmojiTask], guarded_dashscope: FakeDashScope, bells: list[Any], account: str
) -> None:
    guarded_dashscope.next("list", REFUSED)
    tasks.look_up(account)
    assert bells
    assert breaker.outages([account]) == {}
    pipeline.advance(bells[0])
    assert [call.operation for call in guarded_dashscope.calls] == ["list", "ask"]


def test_whether_an_account_works_again_is_not_asked_of_its_list(
    running: list[EmojiTask], guarded_dashscope: FakeDashScope, account: str, bells: list[Any]
) -> None:
    guarded_dashscope.next("list", REFUSED)
    guarded_dashscope.next("ask", REFUSED)
    pipeline.advance(running[0].id)
    assert breaker.outages([account])
    ProviderHealth.objects.update(open_until=LONG_AGO)
    tasks.look_up(account)
    (rung,) = bells
    pipeline.advance(rung)
    assert breaker.outages([account]) == {}
    assert [call.operation for call in guarded_dashscope.calls] == ["ask", "ask"]


def test_while_an_account_is_out_one_task_asks_and_the_others_come_back_when_it_may_work(
    running: list[EmojiTask], guarded_dashscope: FakeDashScope, account: str
) -> None:
    guarded_dashscope.next("ask", REFUSED)
    pipeline.advance(running[0].id)
    (alone,) = look_ups.look(account)
    assert (still_due(), EmojiTask.objects.due().get(stage="generating").id) == (1, alone)


def test_without_leave_to_call_nobody_is_asked(
    running: list[EmojiTask], guarded_dashscope: FakeDashScope, account: str
) -> None:
    guarded_dashscope.next("list", answers({"code": "Throttling", "message": ""}, 429))
    assert look_ups.look(account) == []
    next_look = timezone.now() + timedelta(minutes=1)
    assert (still_due(), EmojiTask.objects.filter(next_step_at__lte=next_look, rung_at=None).count()) == (0, MANY)


def test_an_account_that_this_worker_does_not_know_yet_is_left_to_each_task(
    running: list[EmojiTask], bells: list[Any], account: str, settings: Any
) -> None:
    settings.DASHSCOPE_ACCOUNTS = {"another": "another key"}
    tasks.look_up(account)
    assert len(bells) == MANY


def test_a_task_that_somebody_holds_is_left_to_them(running: list[EmojiTask], account: str) -> None:
    EmojiTask.objects.update(lease_until=timezone.now() + timedelta(minutes=1))
    assert look_ups.look(account) == []
    assert EmojiTask.objects.filter(provider_status="running").count() == 0


def test_what_another_account_makes_is_left_to_it(
    running: list[EmojiTask], guarded_dashscope: FakeDashScope, account: str
) -> None:
    guarded_dashscope.run_seconds = 0
    theirs = [row.id for row in running[:200]]
    EmojiTask.objects.filter(id__in=theirs).update(provider_account=f"{account}-b")
    assert sorted(look_ups.look(account)) == sorted(row.id for row in running[200:])


def test_only_news_make_a_new_version(running: list[EmojiTask], account: str) -> None:
    look_ups.look(account)
    EmojiTask.objects.update(next_step_at=LONG_AGO)
    look_ups.look(account)
    assert set(EmojiTask.objects.values_list("version", flat=True)) == {2}
