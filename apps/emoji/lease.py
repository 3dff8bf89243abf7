"""Who may work on a task: one holder at a time, fenced, by the database's clock (reliability 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now

from apps.emoji.models import EmojiTask, Stage
from apps.emoji.provider import Status as ProviderStatus


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do a task's next step. `task` is the row as it was when it was claimed."""

    task: EmojiTask
    token: UUID


class LeaseLost(Exception):
    """Somebody else has the task now; whatever was about to be written must not be."""


def claim(task_id: int) -> Claim | None:
    """None when the task is not due, has ended, or is somebody else's."""
    token = uuid4()
    taken = (
        EmojiTask.objects.due()
        .filter(id=task_id)
        .update(
            lease_token=token,
            lease_until=Now() + timedelta(seconds=settings.EMOJI_LEASE_SECONDS),
            claims=F("claims") + 1,
            rung_at=None,
        )
    )
    if not taken:
        return None
    task = EmojiTask.objects.select_related("template", "upload").filter(id=task_id, lease_token=token).first()
    return Claim(task, token) if task else None


def write(held: Claim, **changes: Any) -> None:
    """Change the task and go on holding it. Raises LeaseLost."""
    _update(held, changes)


def settle(held: Claim, **changes: Any) -> None:
    """Change the task and let go of it: the step is done. Raises LeaseLost."""
    _update(held, {"claims": 0, **changes, "lease_token": None, "lease_until": None})


def put_back(held: Claim, **changes: Any) -> None:
    """Let go of it with nothing begun: this claim does not count, and nobody need look. Raises LeaseLost."""
    settle(held, **{"claims": held.task.claims - 1, "version": F("version"), **changes})


def still_running(task_ids: Sequence[int], provider_status: str) -> None:
    """The provider is still at work on them: look again later. Those that somebody holds are left to them.

    One that was running already does not wait again, whatever the list says.
    """
    rows = EmojiTask.objects.due().filter(id__in=task_ids, stage=Stage.GENERATING)
    again = Now() + timedelta(seconds=settings.EMOJI_POLL_SECONDS)
    is_as_before = Q(provider_status__in=(provider_status, ProviderStatus.RUNNING))
    changed = Case(When(is_as_before, then=Value(0)), default=Value(1))
    rows.update(
        provider_status=Case(When(is_as_before, then=F("provider_status")), default=Value(provider_status)),
        version=F("version") + changed,
        retries=0,
        rung_at=None,
        next_step_at=again,
        updated_at=Now(),
    )


def _update(held: Claim, changes: dict[str, Any]) -> None:
    held_rows = EmojiTask.objects.open().filter(id=held.task.id, lease_token=held.token)
    if not held_rows.update(**{"version": F("version") + 1, "updated_at": Now(), **changes}):
        raise LeaseLost(f"emoji task {held.task.id}")
