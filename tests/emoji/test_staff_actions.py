"""Staff help a task on as far as its state allows; points move once, photos go to the provider at most twice."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.emoji import clip_keys, erasure, retention, staff_actions
from apps.emoji.models import AbandonedGeneration, EmojiTask, PhotoUpload, Status
from apps.emoji.provider import Progress, ProviderError
from apps.emoji.provider import Status as ProviderStatus
from apps.emoji.staff_actions import NotPossible
from apps.points import ledger
from apps.points.models import PointTransaction
from tests.emoji.conftest import LONG_AGO, advance, is_stored
from tests.fakes import ScriptedProvider

RUNNING = Progress(ProviderStatus.RUNNING)


def fail(task: EmojiTask, provider: ScriptedProvider, call: str = "ask", code: str = "provider_failed") -> None:
    provider.next(call, ProviderError(code))
    assert advance(task, 2 if call == "ask" else 1).status == "failed"
    assert task.error_code == code


def rows_of(task: EmojiTask) -> list[str]:
    kinds = PointTransaction.objects.filter(user=task.user_id, kind__in=("spend", "refund")).order_by("sequence")
    return list(kinds.values_list("kind", flat=True))


class TestRetry:
    def test_a_failed_task_is_made_again_and_paid_once(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        fail(paid, provider)
        staff_actions.retry(paid.id)
        paid.refresh_from_db()
        assert (paid.status, paid.attempt, paid.error_code, paid.completed_at) == ("queued", 2, "", None)
        assert advance(paid, 2).status == "succeeded"
        assert rows_of(paid) == ["spend"]
        assert (paid.submit_no, provider.submitted) == (2, ["provider-1", "provider-2"])

    def test_a_photo_that_was_checked_is_not_checked_again(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        fail(paid, provider)
        staff_actions.retry(paid.id)
        advance(paid, 2)
        assert provider.calls.count("detect") == 1

    def test_a_photo_is_never_submitted_a_third_time(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        fail(paid, provider)
        staff_actions.retry(paid.id)
        fail(paid, provider)
        with pytest.raises(NotPossible, match="twice"):
            staff_actions.retry(paid.id)
        paid.refresh_from_db()
        assert (paid.status, len(provider.submitted)) == ("failed", 2)

    def test_a_clip_that_could_not_be_fetched_is_asked_for_and_not_made_again(
        self, paid: EmojiTask, provider: ScriptedProvider
    ) -> None:
        provider.next("download", ProviderError("result_unavailable"))
        assert advance(paid, 2).error_code == "result_unavailable"
        staff_actions.retry(paid.id)
        assert advance(paid).status == "succeeded"
        assert provider.submitted == ["provider-1"]

    def test_after_a_day_the_provider_has_forgotten_and_the_photo_is_submitted_again(
        self, paid: EmojiTask, provider: ScriptedProvider
    ) -> None:
        provider.next("download", ProviderError("result_unavailable"))
        advance(paid, 2)
        EmojiTask.objects.update(submit_sent_at=timezone.now() - timedelta(hours=25))
        staff_actions.retry(paid.id)
        advance(paid, 2)
        assert provider.submitted == ["provider-1", "provider-2"]

    def test_a_submission_in_doubt_is_looked_for_first(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        lost = ProviderError("provider_timeout", outcome_unknown=True)
        provider.next("submit", lost, lost)
        provider.next("list_page", ["provider-1", "a stranger's"], ["provider-2", "another stranger's"])
        for _ in range(4):
            advance(paid)
            EmojiTask.objects.update(submit_sent_at=timezone.now() - timedelta(hours=1))
        paid.refresh_from_db()
        assert paid.error_code == "provider_timeout"
        provider.next("list_page", ["provider-2"])
        staff_actions.retry(paid.id)
        assert advance(paid, 2).status == "succeeded"
        assert provider.submitted == ["provider-1", "provider-2"]

    def test_nobody_takes_the_generation_that_was_given_up_for_theirs(
        self, paid: EmojiTask, provider: ScriptedProvider
    ) -> None:
        fail(paid, provider)
        provider.next("submit", ProviderError("provider_timeout", outcome_unknown=True))
        staff_actions.retry(paid.id)
        assert AbandonedGeneration.objects.get().provider_task_id == "provider-1"
        provider.next("list_page", ["provider-1", "provider-2"])
        assert advance(paid, 2).provider_task_id == "provider-2"

    def test_an_old_task_is_not_given_up_for_its_age(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        fail(paid, provider)
        EmojiTask.objects.update(created_at=timezone.now() - timedelta(days=3))
        staff_actions.retry(paid.id)
        assert advance(paid, 2).status == "succeeded"

    def test_without_its_photo_nothing_can_be_made(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        fail(paid, provider, "detect", "photo_no_face")
        PhotoUpload.objects.update(next_look_at=LONG_AGO)
        EmojiTask.objects.update(completed_at=timezone.now() - timedelta(days=30))
        PhotoUpload.objects.update(created_at=timezone.now() - timedelta(days=30))
        assert retention.close_photos(timezone.now(), 10) == 1
        with pytest.raises(NotPossible, match="photo"):
            staff_actions.retry(paid.id)
        paid.refresh_from_db()
        assert (paid.status, paid.attempt) == ("failed", 1)

    def test_what_was_refunded_is_made_for_free_or_not(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        fail(paid, provider)
        staff_actions.refund(paid.id)
        with pytest.raises(NotPossible, match="for free"):
            staff_actions.retry(paid.id)
        staff_actions.retry(paid.id, for_free=True)
        assert advance(paid, 2).status == "succeeded"
        assert rows_of(paid) == ["spend", "refund"]

    def test_what_was_refunded_is_made_for_free_after_a_free_retry_that_failed_too(
        self, paid: EmojiTask, provider: ScriptedProvider
    ) -> None:
        fail(paid, provider, "detect")
        staff_actions.refund(paid.id)
        staff_actions.retry(paid.id, for_free=True)
        fail(paid, provider, "detect")
        with pytest.raises(NotPossible, match="for free"):
            staff_actions.retry(paid.id)
        assert rows_of(paid) == ["spend", "refund"]

    @pytest.mark.parametrize("status", ["queued", "succeeded", "canceled"])
    def test_only_a_failed_task_is_tried_again(self, paid: EmojiTask, provider: ScriptedProvider, status: str) -> None:
        if status == "succeeded":
            advance(paid, 2)
        if status == "canceled":
            staff_actions.cancel(paid.id, with_refund=True)
        with pytest.raises(NotPossible, match=status):
            staff_actions.retry(paid.id)

    def test_what_its_user_has_deleted_stays_deleted(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        fail(paid, provider)
        EmojiTask.objects.update(deleted_at=timezone.now())
        with pytest.raises(NotPossible, match="deleted"):
            staff_actions.retry(paid.id)

    def test_nothing_is_made_for_a_user_whose_erasure_has_begun(
        self, paid: EmojiTask, provider: ScriptedProvider
    ) -> None:
        fail(paid, provider)
        User.objects.update(erased_at=timezone.now())
        with pytest.raises(NotPossible, match="erased"):
            staff_actions.retry(paid.id)
        with pytest.raises(NotPossible, match="erased"):
            staff_actions.check_again(paid.id)

    @pytest.mark.django_db(transaction=True)
    def test_no_erasure_begins_while_staff_have_a_task_made_again(
        self, paid: EmojiTask, provider: ScriptedProvider
    ) -> None:
        fail(paid, provider)
        with transaction.atomic():
            staff_actions.retry(paid.id)
            assert is_held_by_another(User.objects.filter(id=paid.user_id))
        assert not is_held_by_another(User.objects.filter(id=paid.user_id))

    @pytest.mark.django_db(transaction=True)
    def test_two_people_at_once_try_once(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        fail(paid, provider)
        outcomes = at_once(lambda: staff_actions.retry(paid.id), 4)
        assert sorted(outcomes) == ["", "NotPossible", "NotPossible", "NotPossible"]
        paid.refresh_from_db()
        assert paid.attempt == 2


class TestCheckAgain:
    def test_a_running_task_is_looked_at_now(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        provider.next("ask", RUNNING)
        advance(paid, 2)
        assert paid.next_step_at > timezone.now()
        staff_actions.check_again(paid.id)
        paid.refresh_from_db()
        assert paid.next_step_at <= timezone.now()

    def test_a_clip_that_came_after_we_gave_up_is_taken(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        provider.next("ask", RUNNING)
        advance(paid, 2)
        EmojiTask.objects.update(deadline_at=LONG_AGO)
        assert advance(paid).error_code == "deadline_exceeded"
        staff_actions.check_again(paid.id)
        assert advance(paid).status == "succeeded"
        assert (rows_of(paid), provider.submitted) == (["spend"], ["provider-1"])

    def test_no_clip_comes_back_after_its_user_was_erased(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        provider.next("ask", RUNNING)
        advance(paid, 2)
        EmojiTask.objects.update(deadline_at=LONG_AGO)
        assert advance(paid).error_code == "deadline_exceeded"
        PhotoUpload.objects.update(created_at=LONG_AGO)
        assert erasure.erase(paid.user_id)
        with pytest.raises(NotPossible, match="erased"):
            staff_actions.check_again(paid.id)
        assert advance(paid, 2).status == "failed"
        assert not any(is_stored(key) for key in clip_keys.possible(paid))
        assert not staff_actions.possible(paid)["check"]

    def test_what_failed_there_fails_again_without_another_submission(
        self, paid: EmojiTask, provider: ScriptedProvider
    ) -> None:
        fail(paid, provider)
        provider.next("ask", ProviderError("provider_failed"))
        staff_actions.check_again(paid.id)
        assert advance(paid).error_code == "provider_failed"
        assert len(provider.submitted) == 1

    def test_a_task_that_never_reached_the_provider_cannot_be_asked_about(self, paid: EmojiTask) -> None:
        with pytest.raises(NotPossible):
            staff_actions.check_again(paid.id)


class TestCancel:
    @pytest.mark.parametrize(("with_refund", "balance"), [(True, 300), (False, 100)])
    def test_a_waiting_task_ends_and_staff_choose_about_its_points(
        self, paid: EmojiTask, with_refund: bool, balance: int
    ) -> None:
        staff_actions.cancel(paid.id, with_refund=with_refund)
        paid.refresh_from_db()
        assert (paid.status, ledger.balance(paid.user_id)) == ("canceled", balance)
        assert bool(paid.refund_transaction_id) is with_refund

    def test_a_task_at_the_provider_ends_and_its_clip_is_not_fetched(
        self, paid: EmojiTask, provider: ScriptedProvider
    ) -> None:
        provider.next("ask", RUNNING)
        advance(paid, 2)
        staff_actions.cancel(paid.id, with_refund=True)
        assert advance(paid).status == "canceled"
        assert "download" not in provider.calls

    def test_a_worker_that_is_at_it_loses_it(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        def canceled_meanwhile() -> Progress:
            staff_actions.cancel(paid.id, with_refund=True)
            return Progress(ProviderStatus.SUCCEEDED, "http://results.example/clip")

        provider.next("ask", canceled_meanwhile)
        assert advance(paid, 2).status == "canceled"
        assert rows_of(paid) == ["spend", "refund"]

    def test_a_submission_in_doubt_must_be_cleared_up_first(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        provider.next("submit", ProviderError("provider_timeout", outcome_unknown=True))
        advance(paid)
        with pytest.raises(NotPossible):
            staff_actions.cancel(paid.id, with_refund=True)
        assert rows_of(paid) == ["spend"]

    def test_an_ended_task_is_not_canceled(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        advance(paid, 2)
        with pytest.raises(NotPossible, match="succeeded"):
            staff_actions.cancel(paid.id, with_refund=True)
        assert rows_of(paid) == ["spend"]


class TestRefund:
    @pytest.mark.parametrize("status", [Status.FAILED, Status.SUCCEEDED])
    def test_an_ended_task_is_refunded_once(self, paid: EmojiTask, provider: ScriptedProvider, status: Status) -> None:
        if status == Status.FAILED:
            fail(paid, provider)
        advance(paid, 2)
        assert ledger.balance(paid.user_id) == 100
        staff_actions.refund(paid.id)
        with pytest.raises(NotPossible, match="given back already"):
            staff_actions.refund(paid.id)
        paid.refresh_from_db()
        assert (paid.status, ledger.balance(paid.user_id)) == (status, 300)

    def test_an_open_task_is_not_refunded(self, paid: EmojiTask) -> None:
        with pytest.raises(NotPossible, match="queued"):
            staff_actions.refund(paid.id)
        assert rows_of(paid) == ["spend"]

    @pytest.mark.django_db(transaction=True)
    def test_two_people_at_once_refund_once(self, paid: EmojiTask, provider: ScriptedProvider) -> None:
        fail(paid, provider)
        outcomes = at_once(lambda: staff_actions.refund(paid.id), 4)
        assert sorted(outcomes) == ["", "NotPossible", "NotPossible", "NotPossible"]
        assert ledger.balance(paid.user_id) == 300


def test_what_is_offered_follows_the_state(paid: EmojiTask, provider: ScriptedProvider) -> None:
    def offered() -> set[str]:
        return {name for name, may in staff_actions.possible(paid).items() if may}

    assert offered() == {"cancel"}
    provider.next("ask", RUNNING, ProviderError("provider_failed"))
    advance(paid, 2)
    assert offered() == {"cancel", "check"}
    advance(paid)
    assert offered() == {"retry", "check", "refund"}
    staff_actions.refund(paid.id)
    paid.refresh_from_db()
    assert offered() == {"retry", "check"}


def is_held_by_another(rows: QuerySet[Any]) -> bool:
    """As a session of somebody else sees it."""
    seen: list[bool] = []

    def look() -> None:
        try:
            with transaction.atomic():
                list(rows.select_for_update(no_key=True, nowait=True))
            seen.append(False)
        except OperationalError:
            seen.append(True)
        finally:
            connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return seen == [True]


def at_once(act: Any, people: int) -> list[str]:
    """What came of it for each: nothing, or the name of an error."""
    outcomes: list[str] = []
    start = threading.Barrier(people)

    def one() -> None:
        start.wait()
        try:
            act()
            outcomes.append("")
        except NotPossible as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
