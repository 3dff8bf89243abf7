"""Who may work on a task: one holder at a time, fenced, by the database's clock (reliability 3).

`next_step_in` and `for_so_long` are times from now; all other changes are values of the row.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import Case, DurationField, F, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from apps.core.prepared_change import PreparedChange
from apps.core.prepared_query import Given, PreparedUpdate
from apps.emoji.models import EmojiTask, Stage
from apps.emoji.provider import Status as ProviderStatus

# A column whose new value is reckoned from what is given.
_RECKONED = {
    "next_step_in": ("next_step_at", Now() + Given("next_step_in", DurationField())),
    "for_so_long": ("lease_until", Now() + Given("for_so_long", DurationField())),
}
_CLAIMED: PreparedChange[EmojiTask] = PreparedChange(
    lambda: EmojiTask.objects.select_related("template", "upload"),
    PreparedUpdate(
        lambda: EmojiTask.objects.due().filter(id=Given("task_id")).not_synced(),
        lease_token=Given("token"),
        lease_until=_RECKONED["for_so_long"][1],
        claims=F("claims") + 1,
        rung_at=None,
    ),
)


@dataclass(slots=True)
class Claim:
    """The right to do a task's steps. `task` is the row as it was claimed, and as its holder has changed it since.

    `is_about_to_submit`: its holder has stored the intent to submit, and has sent nothing yet.
    """

    task: EmojiTask
    token: UUID
    claimed_at: datetime = field(default_factory=timezone.now)
    is_about_to_submit: bool = False
    _began: float = field(default_factory=time.monotonic, init=False)

    def now(self) -> datetime:
        """By the database's clock, without asking it again: a worker's own may be wrong, and must end nobody's task."""
        return self.claimed_at + timedelta(seconds=time.monotonic() - self._began)


class LeaseLost(Exception):
    """Somebody else has the task now; whatever was about to be written must not be."""


def claim(task_id: int) -> Claim | None:
    """None when the task is not due, has ended, or is somebody else's."""
    token = uuid4()
    task = _CLAIMED.first(task_id=task_id, token=token, for_so_long=_lifetime())
    if task is None or task.lease_until is None:
        return None
    return Claim(task, token, claimed_at=task.lease_until - _lifetime())


def write(held: Claim, **changes: Any) -> None:
    """Change the task and go on holding it. Raises LeaseLost."""
    _update(held, changes)


def go_on(held: Claim, *, is_synced: bool = False, **changes: Any) -> None:
    """Change the task and begin its next step, as a new claim would: counted, with the whole time. Raises LeaseLost.

    `is_synced` when a crash of PostgreSQL must not undo it; like a claim it is otherwise only made again.
    """
    _update(held, {"claims": 1, "for_so_long": _lifetime(), **changes}, is_synced=is_synced)


def settle(held: Claim, **changes: Any) -> None:
    """Change the task and let go of it: the step is done. Raises LeaseLost."""
    _update(held, {"claims": 0, **changes, "lease_token": None, "lease_until": None})


def put_back(held: Claim, **changes: Any) -> None:
    """Let go of it with nothing begun: this claim does not count, and nobody need look. Raises LeaseLost."""
    back = {"claims": held.task.claims - 1, **changes, "lease_token": None, "lease_until": None}
    _update(held, back, is_seen=False)


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


def look_later(task_ids: Sequence[int], wait: timedelta) -> None:
    """Their account may not be called now. Those that somebody holds are left to them; nobody need look."""
    rows = EmojiTask.objects.due().filter(id__in=task_ids, stage=Stage.GENERATING)
    rows.update(rung_at=None, next_step_at=Now() + wait, updated_at=Now())


def _lifetime() -> timedelta:
    return timedelta(seconds=settings.EMOJI_LEASE_SECONDS)


def _update(held: Claim, changes: dict[str, Any], *, is_seen: bool = True, is_synced: bool = True) -> None:
    """Whether the change `is_seen` by the app: then its version goes up."""
    update = _update_of(tuple(changes), is_seen, is_synced)
    if not update.run(**changes, task_id=held.task.id, token=held.token):
        raise LeaseLost(f"emoji task {held.task.id}")
    for name, value in changes.items():
        if name not in _RECKONED:
            setattr(held.task, name, value)


@cache
def _update_of(names: tuple[str, ...], is_seen: bool, is_synced: bool) -> PreparedUpdate:
    """There are as many as there are places that call it."""
    values = dict(_RECKONED.get(name, (name, Given(name))) for name in names)
    version = {"version": F("version") + 1} if is_seen else {}
    rows = EmojiTask.objects.open().filter(id=Given("task_id"), lease_token=Given("token"))
    return PreparedUpdate(lambda: rows if is_synced else rows.not_synced(), **values, **version, updated_at=Now())
