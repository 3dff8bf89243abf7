"""The bell rings once for what is due, and again when nobody came."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.emoji import lease, tasks
from apps.emoji.models import EmojiTask
from tests.emoji.conftest import LONG_AGO, create


class TestSweeper:
    @pytest.fixture
    def rung(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        ids: list[int] = []
        monkeypatch.setattr(tasks.advance, "delay", ids.append)
        return ids

    def test_rings_for_what_is_due_and_not_again_at_once(self, task: EmojiTask, rung: list[int]) -> None:
        tasks.ring_due()
        tasks.ring_due()
        assert rung == [task.id]

    @pytest.fixture
    def order(self, app: APIClient, rich: User, photo_id: str, django_capture_on_commit_callbacks: Any) -> Any:
        def order() -> int:
            with django_capture_on_commit_callbacks(execute=True):
                return int(create(app, photo_id).json()["id"])

        return order

    def test_a_new_one_is_rung_when_it_is_ordered_and_not_again_at_once(self, order: Any, rung: list[int]) -> None:
        ordered = order()
        tasks.ring_due()
        assert rung == [ordered]

    def test_a_new_one_far_behind_waits_for_the_sweep(
        self, order: Any, rung: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tasks, "NEAR", 0)
        ordered = order()
        assert rung == []
        tasks.ring_due()
        assert rung == [ordered]

    def test_a_new_one_whose_bell_is_out_of_reach_is_rung_by_the_next_sweep(
        self, order: Any, rung: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as silent:
            silent.setattr(tasks, "ring", lambda _: False)
            ordered = order()
        tasks.ring_due()
        assert rung == [ordered]

    def test_rings_again_when_nobody_came(self, task: EmojiTask, rung: list[int]) -> None:
        tasks.ring_due()
        EmojiTask.objects.update(rung_at=LONG_AGO)
        tasks.ring_due()
        assert rung == [task.id, task.id]

    def test_a_worker_may_be_done_before_the_sweep_is(self, task: EmojiTask, monkeypatch: pytest.MonkeyPatch) -> None:
        def put_back_at_once(task_id: int) -> None:
            held = lease.claim(task_id)
            assert held
            lease.put_back(held, next_step_in=timedelta(0), error_raw="")

        monkeypatch.setattr(tasks.advance, "delay", put_back_at_once)
        tasks.ring_due()
        assert EmojiTask.objects.get().rung_at is None

    def test_what_could_not_be_rung_for_is_rung_for_again(
        self, task: EmojiTask, rung: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def out_of_reach(_: int) -> None:
            raise OperationalError

        with monkeypatch.context() as broken:
            broken.setattr(tasks.advance, "delay", out_of_reach)
            tasks.ring_due()
        tasks.ring_due()
        assert rung == [task.id]

    def test_leaves_alone_what_is_held_or_not_due(self, task: EmojiTask, rung: list[int]) -> None:
        assert lease.claim(task.id)
        tasks.ring_due()
        EmojiTask.objects.update(lease_token=None, lease_until=None, next_step_at=timezone.now() + timedelta(hours=1))
        tasks.ring_due()
        assert rung == []
