"""A submission whose answer was lost is looked for, sent once more where it did not arrive or cannot be told.

It is never guessed.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.core import node_lease
from apps.emoji.models import AbandonedGeneration, EmojiTask
from apps.emoji.provider import Page, ProviderError, Retry
from tests.emoji.conftest import LONG_AGO, advance, another
from tests.fakes import ScriptedProvider


def unknown_outcome() -> ProviderError:
    return ProviderError("provider_timeout", outcome_unknown=True)


def abandoned() -> set[str]:
    return set(AbandonedGeneration.objects.values_list("provider_task_id", flat=True))


class TestLostSubmission:
    @pytest.fixture(autouse=True)
    def window(self, settings: Any) -> None:
        settings.EMOJI_ORPHAN_WINDOW_SECONDS = 60

    def sent_long_ago(self, task: EmojiTask) -> None:
        EmojiTask.objects.update(submit_sent_at=LONG_AGO)

    def test_is_found_in_the_providers_list_and_not_paid_again(
        self, task: EmojiTask, provider: ScriptedProvider
    ) -> None:
        provider.next("submit", unknown_outcome())
        advance(task, 3)
        assert (task.status, task.provider_task_id) == ("succeeded", "provider-1")
        assert provider.submitted == ["provider-1"]

    def test_is_sent_again_when_it_never_arrived(self, task: EmojiTask, provider: ScriptedProvider) -> None:
        provider.next("submit", unknown_outcome())
        provider.next("list_page", [], [])
        assert advance(task, 2).provider_task_id is None
        self.sent_long_ago(task)
        advance(task, 2)
        assert (task.status, task.submit_no, len(provider.submitted)) == ("succeeded", 2, 2)

    def test_is_never_sent_a_third_time(self, task: EmojiTask, provider: ScriptedProvider) -> None:
        provider.next("submit", unknown_outcome(), unknown_outcome(), unknown_outcome())
        provider.next("list_page", [], [], [])
        for _ in range(4):
            advance(task)
            self.sent_long_ago(task)
        assert advance(task).error_code == "provider_timeout"
        assert len(provider.submitted) == 2

    def test_is_not_guessed_but_sent_again_when_several_could_be_it(
        self, task: EmojiTask, provider: ScriptedProvider
    ) -> None:
        provider.next("submit", unknown_outcome())
        provider.next("list_page", ["provider-1", "a stranger's"], ["provider-1", "a stranger's"])
        assert advance(task, 2).status == "processing"
        self.sent_long_ago(task)
        assert advance(task, 2).status == "succeeded"
        assert (task.submit_no, task.provider_task_id) == (2, "provider-2")
        assert abandoned() == {"provider-1", "a stranger's"}

    def test_is_given_up_when_the_second_one_cannot_be_told_either(
        self, task: EmojiTask, provider: ScriptedProvider
    ) -> None:
        provider.next("submit", unknown_outcome(), unknown_outcome())
        provider.next("list_page", ["provider-1", "a stranger's"], ["provider-2", "another stranger's"])
        for _ in range(3):
            advance(task)
            self.sent_long_ago(task)
        assert advance(task).error_code == "provider_timeout"
        assert provider.submitted == ["provider-1", "provider-2"]

    @pytest.mark.parametrize("became", [{}, {"status": "failed", "error_code": "x", "completed_at": timezone.now()}])
    def test_is_not_guessed_but_sent_again_when_it_could_be_that_of_another_lost_one(
        self, task: EmojiTask, provider: ScriptedProvider, became: dict[str, Any]
    ) -> None:
        provider.next("submit", unknown_outcome())
        advance(task)
        self.sent_long_ago(task)
        task.refresh_from_db()
        another(task, submit_sent_at=LONG_AGO + timedelta(seconds=10), **became)
        assert advance(task, 2).status == "succeeded"
        assert (task.provider_task_id, abandoned()) == ("provider-2", {"provider-1"})

    def test_is_not_guessed_when_one_that_was_given_up_may_have_arrived_late(
        self, task: EmojiTask, provider: ScriptedProvider
    ) -> None:
        """It was sent again meanwhile, and has another clip; what the list brings now may be of its first photo."""
        other = another(task)
        provider.next("submit", unknown_outcome())
        provider.next("list_page", [])
        advance(other)
        EmojiTask.objects.filter(id=other.id).update(submit_sent_at=LONG_AGO)
        assert advance(other, 2).status == "succeeded"
        provider.next("submit", unknown_outcome())
        provider.next("list_page", ["the other's first"])
        advance(task)
        EmojiTask.objects.filter(id=task.id).update(submit_sent_at=LONG_AGO + timedelta(seconds=10))
        assert advance(task, 2).status == "succeeded"
        assert task.submit_no == 2
        assert abandoned() == {"the other's first"}

    def test_is_not_guessed_when_the_provider_broke_down_over_anothers(
        self, task: EmojiTask, provider: ScriptedProvider
    ) -> None:
        """It said so, and the other one was sent again; it may have taken the first one all the same."""
        other = another(task)
        provider.next("submit", ProviderError("provider_unavailable", retry=Retry.LATER, broke_down=True))
        assert (advance(other).status, other.submit_no, other.submit_sent_at) == ("processing", 0, None)
        assert (advance(other, 2).status, other.submit_no) == ("succeeded", 1)
        provider.next("submit", unknown_outcome())
        provider.next("list_page", ["the other's first"], ["the other's first"])
        advance(task)
        assert advance(task).provider_task_id is None
        EmojiTask.objects.filter(id=task.id).update(submit_sent_at=LONG_AGO)
        EmojiTask.objects.filter(id=other.id).update(lost_submission_at=LONG_AGO)
        assert advance(task, 2).status == "succeeded"
        assert (task.submit_no, abandoned()) == (2, {"the other's first"})

    @pytest.mark.django_db(transaction=True)
    def test_is_not_guessed_by_a_database_that_has_forgotten_whose_the_others_were(
        self, task: EmojiTask, provider: ScriptedProvider
    ) -> None:
        """It was recovered since: what the list brings may be another one's, sent in the time that was lost."""
        provider.next("submit", unknown_outcome())
        provider.next("list_page", ["somebody's"])
        advance(task)
        self.sent_long_ago(task)
        node_lease.fence(int((LONG_AGO + timedelta(minutes=1)).timestamp() * 1000))
        assert advance(task, 2).status == "succeeded"
        assert (task.provider_task_id, abandoned()) == ("provider-2", {"somebody's"})

    @pytest.mark.django_db(transaction=True)
    def test_is_found_when_the_database_was_recovered_long_before(
        self, task: EmojiTask, provider: ScriptedProvider
    ) -> None:
        node_lease.fence(int(LONG_AGO.timestamp() * 1000))
        provider.next("submit", unknown_outcome())
        assert advance(task, 3).status == "succeeded"
        assert (task.submit_no, provider.submitted) == (1, ["provider-1"])

    def test_is_sent_again_although_another_one_was_lost_when_neither_arrived(
        self, task: EmojiTask, provider: ScriptedProvider
    ) -> None:
        provider.next("submit", unknown_outcome())
        provider.next("list_page", [], [])
        advance(task)
        self.sent_long_ago(task)
        task.refresh_from_db()
        another(task, submit_sent_at=LONG_AGO)
        assert advance(task, 2).status == "succeeded"
        assert task.submit_no == 2

    def test_waits_while_another_submission_of_the_moment_is_under_way(
        self, task: EmojiTask, provider: ScriptedProvider
    ) -> None:
        provider.next("submit", unknown_outcome())
        advance(task)
        another(task, submit_sent_at=timezone.now())
        advance(task)
        assert "list_page" not in provider.calls
        assert task.status == "processing"

    def test_waits_when_another_is_sent_while_the_list_is_read(
        self, task: EmojiTask, provider: ScriptedProvider
    ) -> None:
        provider.next("submit", unknown_outcome())
        advance(task)

        def one_is_sent_meanwhile() -> list[str]:
            another(task, submit_sent_at=timezone.now(), lease_token=None, lease_until=None)
            return ["the other's"]

        provider.next("list_page", one_is_sent_meanwhile)
        assert (advance(task).status, task.provider_task_id) == ("processing", None)

    def test_is_found_although_one_of_another_account_is_lost_too(
        self, task: EmojiTask, provider: ScriptedProvider
    ) -> None:
        provider.next("submit", unknown_outcome())
        advance(task)
        another(task, submit_sent_at=task.submit_sent_at, provider_account="another account")
        assert (advance(task).provider_task_id, provider.submitted) == ("provider-1", ["provider-1"])

    def test_is_found_although_the_first_one_of_the_same_photo_was_given_up(
        self, task: EmojiTask, provider: ScriptedProvider
    ) -> None:
        provider.next("submit", unknown_outcome(), unknown_outcome())
        provider.next("list_page", [], ["provider-2"])
        advance(task)
        self.sent_long_ago(task)
        advance(task)
        EmojiTask.objects.update(lost_submission_at=timezone.now())
        assert advance(task).provider_task_id == "provider-2"

    def test_is_found_on_a_later_page(
        self, task: EmojiTask, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        provider.next("submit", unknown_outcome())
        AbandonedGeneration.objects.create(task=task, provider_task_id="given up")
        pages = [Page(["given up"], is_last=False), Page(["provider-1"], is_last=True)]
        monkeypatch.setattr(provider, "list_page", lambda window, page: pages[page - 1])
        assert advance(task, 2).provider_task_id == "provider-1"

    def test_belongs_to_this_task_only_when_nobody_else_has_it(
        self, task: EmojiTask, provider: ScriptedProvider
    ) -> None:
        provider.next("submit", unknown_outcome())
        another(task, provider_task_id="provider-0")
        provider.next("list_page", ["provider-0", "provider-1"])
        advance(task, 2)
        assert task.provider_task_id == "provider-1"
