"""A user's own tasks: one is canceled or made, never both."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from apps.emoji import lease, own_tasks, pipeline, staff_actions
from apps.emoji.lease import LeaseLost
from apps.emoji.models import EmojiTask
from apps.emoji.own_tasks import TaskNotCancelable
from apps.emoji.provider import Progress, ProviderError, Status
from apps.points import ledger
from apps.points.models import PointTransaction, UserPoints
from tests.conftest import app_of
from tests.emoji.conftest import TASKS, advance
from tests.fakes import ScriptedProvider


def cancel(app: APIClient, task: EmojiTask) -> Any:
    return app.post(f"{TASKS}/{task.id}/cancel")


def balance_of(task: EmojiTask) -> int:
    return int(UserPoints.objects.get(user=task.user_id).balance)


def deleted_by_another_request(task_id: int) -> None:
    EmojiTask.objects.filter(id=task_id).update(deleted_at=timezone.now())


class TestCancel:
    def test_a_queued_task_is_canceled_and_all_its_points_come_back(self, app: APIClient, paid: EmojiTask) -> None:
        assert app.get(f"{TASKS}/{paid.id}").json()["cancelable"] is True
        answer = cancel(app, paid)
        body = answer.json()
        assert (answer.status_code, body["status"], body["version"], body["cancelable"]) == (200, "canceled", 2, False)
        assert (body["points"]["refunded"], body["points"]["message"]) == (200, "200 points were returned.")
        in_spanish = app.get(f"{TASKS}/{paid.id}", headers={"Accept-Language": "es"}).json()
        assert in_spanish["points"]["message"] == "Se devolvieron 200 puntos."
        refund = PointTransaction.objects.get(kind="refund")
        assert body["points"]["refund_transaction_id"] == str(refund.id)
        assert (refund.amount, refund.related_id, balance_of(paid)) == (200, paid.spend_transaction_id, 300)

    def test_again_it_gives_the_same_answer_and_no_more_points(self, app: APIClient, paid: EmojiTask) -> None:
        first, second = cancel(app, paid), cancel(app, paid)
        assert (second.status_code, second.content) == (200, first.content)
        assert balance_of(paid) == 300

    def test_a_canceled_task_is_never_sent_to_the_provider(
        self, app: APIClient, paid: EmojiTask, provider: ScriptedProvider
    ) -> None:
        cancel(app, paid)
        assert advance(paid).status == "canceled"
        assert provider.calls == []

    def test_a_task_at_work_is_not_canceled_and_its_points_stay_spent(
        self, app: APIClient, paid: EmojiTask, provider: ScriptedProvider
    ) -> None:
        provider.next("ask", Progress(Status.RUNNING))
        advance(paid)
        answer = cancel(app, paid)
        assert (answer.status_code, answer.json()["code"]) == (409, "task_not_cancelable")
        assert answer.json()["params"] == {"status": "processing"}
        assert balance_of(paid) == 100

    def test_an_ended_task_is_not_canceled(self, app: APIClient, paid: EmojiTask, provider: ScriptedProvider) -> None:
        advance(paid, 2)
        assert cancel(app, paid).json()["params"] == {"status": "succeeded"}
        assert balance_of(paid) == 100

    def test_somebody_elses_task_is_not_found(self, paid: EmojiTask, new_device: Any) -> None:
        answer = cancel(app_of(new_device()), paid)
        assert (answer.status_code, answer.json()["code"]) == (404, "task_not_found")

    def test_a_worker_that_has_taken_the_task_and_not_begun_loses_it(self, app: APIClient, paid: EmojiTask) -> None:
        held = lease.claim(paid.id)
        assert held
        assert cancel(app, paid).status_code == 200
        with pytest.raises(LeaseLost):
            lease.write(held, status="processing")


class TestDelete:
    @pytest.fixture
    def made(self, paid: EmojiTask, provider: ScriptedProvider) -> EmojiTask:
        return advance(paid, 2)

    def test_a_deleted_task_is_gone_at_once(self, app: APIClient, made: EmojiTask) -> None:
        answer = app.delete(f"{TASKS}/{made.id}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert app.get(f"{TASKS}/{made.id}").json()["code"] == "task_not_found"
        assert app.get(TASKS).json()["items"] == []

    def test_again_it_is_not_found(self, app: APIClient, made: EmojiTask) -> None:
        app.delete(f"{TASKS}/{made.id}")
        assert app.delete(f"{TASKS}/{made.id}").json()["code"] == "task_not_found"

    def test_the_ledger_stays_as_it_is(self, app: APIClient, made: EmojiTask) -> None:
        rows = PointTransaction.objects.order_by("id")
        before = list(rows.values())
        app.delete(f"{TASKS}/{made.id}")
        assert list(rows.values()) == before

    def test_a_task_that_is_being_made_is_not_deleted(self, app: APIClient, paid: EmojiTask) -> None:
        answer = app.delete(f"{TASKS}/{paid.id}")
        assert (answer.status_code, answer.json()["code"]) == (409, "task_not_deletable")
        assert answer.json()["params"] == {"status": "queued"}

    @pytest.mark.parametrize(
        ("meanwhile", "status", "code"),
        [(staff_actions.retry, 409, "task_not_deletable"), (deleted_by_another_request, 404, "task_not_found")],
    )
    def test_what_changes_between_the_look_and_the_deletion_is_told(
        self,
        app: APIClient,
        paid: EmojiTask,
        provider: ScriptedProvider,
        monkeypatch: pytest.MonkeyPatch,
        meanwhile: Callable[[int], None],
        status: int,
        code: str,
    ) -> None:
        provider.next("detect", ProviderError("provider_failed"))
        advance(paid)
        find = own_tasks.find
        looks: list[str] = []

        def found_just_before(user_id: int, task_id: int) -> EmojiTask:
            task = find(user_id, task_id)
            if not looks:
                meanwhile(task_id)
            looks.append(task.status)
            return task

        monkeypatch.setattr(own_tasks, "find", found_just_before)
        answer = app.delete(f"{TASKS}/{paid.id}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    def test_a_canceled_task_can_be_deleted(self, app: APIClient, paid: EmojiTask) -> None:
        cancel(app, paid)
        assert app.delete(f"{TASKS}/{paid.id}").status_code == 204
        assert cancel(app, paid).json()["code"] == "task_not_found"

    def test_a_stranger_deletes_nothing(self, app: APIClient, made: EmojiTask, new_device: Any) -> None:
        assert app_of(new_device()).delete(f"{TASKS}/{made.id}").status_code == 404
        assert app.get(f"{TASKS}/{made.id}").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(8))
def test_of_a_cancel_and_a_worker_at_once_exactly_one_wins(
    paid: EmojiTask, provider: ScriptedProvider, attempt: int
) -> None:
    start, outcome = threading.Barrier(2), []

    def work() -> None:
        start.wait()
        pipeline.advance(paid.id)
        connection.close()

    def change_ones_mind() -> None:
        start.wait()
        try:
            outcome.append(own_tasks.cancel(paid.user_id, paid.id).status)
        except TaskNotCancelable:
            outcome.append("refused")
        connection.close()

    _at_once(work, change_ones_mind)
    paid.refresh_from_db()
    canceled = outcome == ["canceled"]
    assert canceled == (paid.status == "canceled") == (provider.calls == []) == (balance_of(paid) == 300)
    assert PointTransaction.objects.filter(kind="refund").count() == int(canceled)


@pytest.mark.django_db(transaction=True)
def test_ten_cancels_at_once_return_the_points_once(paid: EmojiTask) -> None:
    start, outcome = threading.Barrier(10), []

    def change_ones_mind() -> None:
        start.wait()
        outcome.append(own_tasks.cancel(paid.user_id, paid.id).status)
        connection.close()

    _at_once(*[change_ones_mind] * 10)
    paid.refresh_from_db()
    assert outcome == ["canceled"] * 10
    assert (paid.version, balance_of(paid)) == (2, 300)


@pytest.mark.django_db(transaction=True)
def test_a_cancel_that_comes_too_late_takes_its_refund_back_with_it(
    paid: EmojiTask, monkeypatch: pytest.MonkeyPatch, provider: ScriptedProvider
) -> None:
    """The worker starts between the look at the task and its cancellation."""
    find = own_tasks.find
    looks: list[str] = []

    def found_just_before_a_worker_starts(user_id: int, task_id: int) -> EmojiTask:
        task = find(user_id, task_id)
        if not looks:
            pipeline.advance(task_id)
        looks.append(task.status)
        return task

    monkeypatch.setattr(own_tasks, "find", found_just_before_a_worker_starts)
    with pytest.raises(TaskNotCancelable):
        own_tasks.cancel(paid.user_id, paid.id)
    assert looks == ["queued", "processing"]
    assert (balance_of(paid), PointTransaction.objects.filter(kind="refund").exists()) == (100, False)
    assert ledger.charge(paid.user_id, 100, reference="test:after", title="The balance row is free again")


def _at_once(*actions: Any) -> None:
    threads = [threading.Thread(target=action) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
