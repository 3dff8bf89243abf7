"""Everything about one person, for one page. Each list is its last rows; links lead to the rest."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import Model, QuerySet

from apps.accounts import vip
from apps.accounts.models import ConsentRecord, Device, Session, User
from apps.accounts.vip_state import LIVE
from apps.billing import subscription_state
from apps.billing.models import Order, RevenueCatEvent, Subscription
from apps.emoji.models import EmojiTask, TaskReport
from apps.points import history
from apps.points.history import History
from apps.staff.models import StaffAction

MOST = 20
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of purchases, and its state in one word."""

    row: Subscription
    state: str

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


@dataclass(frozen=True, slots=True)
class Person:
    user: User
    is_vip: bool
    why: list[str]
    points: History
    devices: list[Device]
    sessions: list[Session]
    consents: list[ConsentRecord]
    tasks: list[EmojiTask]
    lines: list[Line]
    orders: list[Order]
    events: list[RevenueCatEvent]
    reports: list[TaskReport]
    deeds: list[StaffAction]


def of(user: User, at: datetime) -> Person:
    lines = [Line(row, subscription_state.state_of(row, at)) for row in _last(user.subscriptions.all())]
    is_vip = vip.is_vip(user, at)
    return Person(
        user=user,
        is_vip=is_vip,
        why=why_vip(user, is_vip, lines),
        points=history.of_user(user.id),
        devices=_last(user.devices.all()),
        sessions=_last(user.sessions.select_related("device")),
        consents=_last(user.consent_records.all()),
        tasks=_last(user.emoji_tasks.select_related("template", "upload")),
        lines=lines,
        orders=_last(user.orders.all()),
        events=_last(RevenueCatEvent.objects.filter(user=user).defer("body", "traceback")),
        reports=_last(TaskReport.objects.filter(user=user)),
        deeds=_last(StaffAction.objects.filter(object_type="accounts.user", object_id=user.id).select_related("staff")),
    )


def why_vip(user: User, is_vip: bool, lines: list[Line]) -> list[str]:
    """Sentences. VIP follows from lines of purchases and from nothing else."""
    counted = [line for line in lines if subscription_state.counts(line.row, user)]
    if is_vip:
        live = [_gives(line) for line in counted if line.is_live]
        return live or ["No line that is shown here gives it; look at all of them."]
    if not lines:
        return ["Nothing that makes a VIP was ever bought."]
    uncounted = len(lines) - len(counted)
    sandbox = [f"{uncounted} lines were bought in a sandbox, by somebody who is no tester."] if uncounted else []
    return [*(_gave(line) for line in counted), *sandbox]


def _gives(line: Line) -> str:
    end = subscription_state.end_of(line.row)
    until = "for good" if end == subscription_state.NEVER else f"until {end:%Y-%m-%d %H:%M} UTC"
    return f"{line.row.product_id} ({line.row.store.lower()}) is {line.state}, {until}."


def _gave(line: Line) -> str:
    ended = line.row.ended_at or subscription_state.end_of(line.row)
    because = f" ({line.row.end_reason.lower()})" if line.row.end_reason else ""
    return (
        f"{line.row.product_id} ({line.row.store.lower()}) is {line.state} since {ended:%Y-%m-%d %H:%M} UTC{because}."
    )


def _last(rows: "QuerySet[Row]") -> list[Row]:
    return list(rows.order_by("-id")[:MOST])
