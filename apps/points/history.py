"""Where a balance comes from, row by row, in words for staff: what explains it also adds up to it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery, Sum

from apps.points.entries import Kind
from apps.points.models import Clawback, GrantLot, PointTransaction, UserPoints

MOST_ROWS = 100
TASK_REFERENCE = "emoji_task:"
SENTENCES = {
    Kind.PURCHASE: "bought: {title}",
    Kind.SUBSCRIPTION_GRANT: "came with a subscription: {title}",
    Kind.SPEND: "spent: {title}",
    Kind.WEEKLY_REWARD: "weekly reward of VIPs for {week}",
    Kind.SIGNUP_BONUS: "given for signing up: {title}",
    Kind.PROMO: "given away: {title}",
    Kind.REFUND: "given back: {title}",
    Kind.CLAWBACK: "taken back, because the store gave the money back: {title}",
    Kind.CLAWBACK_REVERSAL: "given again, because the store took its refund back: {title}",
    Kind.EXPIRY: "expired unused",
    Kind.ADJUSTMENT: "adjusted by {staff}: {reason}",
    Kind.TRANSFER_IN: "came from another account: {title}",
    Kind.TRANSFER_OUT: "went to another account: {title}",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the ledger; points. `task_id` is the emoji that was paid."""

    row_id: int
    when: datetime
    amount: int
    balance_after: int
    words: str
    task_id: int | None

    def __str__(self) -> str:
        return f"{self.when:%Y-%m-%d %H:%M} {self.amount:+} {self.words}; then {self.balance_after}"


@dataclass(frozen=True, slots=True)
class Expiring:
    """Granted points that will be gone unless they are spent."""

    amount: int
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """Points. `lines` are the last rows, oldest first; the `earlier` rows before them led to `opening`."""

    balance: int
    purchased: int
    granted: int
    earlier: int
    opening: int
    lines: list[Line]
    expiring: list[Expiring]
    shortfall: int
    is_frozen: bool

    @property
    def adds_up(self) -> bool:
        """Row by row, and at the end."""
        running = self.opening
        for line in self.lines:
            running += line.amount
            if running != line.balance_after:
                return False
        return running == self.balance == self.purchased + self.granted

    @property
    def text(self) -> str:
        """To be read out to the user, or copied into a mail."""
        return "\n".join([*self._beginning(), *map(str, self.lines), *self._end()])

    def _beginning(self) -> list[str]:
        if self.earlier:
            return [f"{self.earlier} earlier rows led to a balance of {self.opening} points."]
        return ["There were no points at first."]

    def _end(self) -> list[str]:
        verdict = "The rows add up to it." if self.adds_up else "THE ROWS DO NOT ADD UP TO IT."
        parts = f"{self.purchased} bought, which never expire, and {self.granted} granted, which are spent first"
        ends = [f"{part.amount} of the granted ones expire on {part.at:%Y-%m-%d}." for part in self.expiring]
        short = f"{self.shortfall} points that a store refunded were spent already and could not be taken back."
        return [f"Balance: {self.balance} points: {parts}. {verdict}", *ends, *([short] if self.shortfall else [])]


def of_user(user_id: int) -> History:
    """In three queries, whatever the user has done."""
    points = _points(user_id)
    rows = PointTransaction.objects.filter(user_id=user_id).select_related("staff").order_by("-sequence")
    shown = list(rows[:MOST_ROWS])[::-1]
    lots = GrantLot.objects.filter(user_id=user_id, remaining__gt=0).order_by("expires_at")[:MOST_ROWS]
    return History(
        balance=points.balance,
        purchased=points.purchased,
        granted=points.granted,
        earlier=shown[0].sequence - 1 if shown else 0,
        opening=shown[0].balance_after - shown[0].amount if shown else 0,
        lines=[_line(row) for row in shown],
        expiring=[Expiring(lot.remaining, lot.expires_at) for lot in lots],
        shortfall=getattr(points, "missing", None) or 0,
        is_frozen=bool(points.frozen_at),
    )


def _points(user_id: int) -> UserPoints:
    """With what stores refunded and could not be taken back."""
    open_ones = Clawback.objects.filter(credit__user_id=OuterRef("user_id"), is_reversed=False).order_by()
    missing = open_ones.values("credit__user_id").values_list(Sum("shortfall"))
    row = UserPoints.objects.filter(user_id=user_id).annotate(missing=Subquery(missing)).first()
    return row or UserPoints(user_id=user_id, balance=0)


def _line(row: PointTransaction) -> Line:
    words = SENTENCES[Kind(row.kind)].format(
        title=row.title, week=row.reward_week, staff=row.staff or "staff", reason=row.reason
    )
    return Line(row.id, row.created_at, row.amount, row.balance_after, words, _task_id(row))


def _task_id(row: PointTransaction) -> int | None:
    if not row.reference.startswith(TASK_REFERENCE):
        return None
    return int(row.reference.removeprefix(TASK_REFERENCE))
