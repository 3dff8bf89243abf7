"""One change of one balance: its row locked, and one row appended to the ledger. Called by the modules that know why.

The balance row stays locked until the caller's transaction ends, so that changes of one user follow each other.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict

from django.utils import timezone

from apps.accounts.models import User
from apps.core import prepared_insert, together
from apps.core.prepared_query import Given, PreparedQuery, PreparedUpdate
from apps.core.together import Write
from apps.points import lots, metrics
from apps.points.models import PointTransaction, UserPoints

Kind = PointTransaction.Kind

_LOCKED = PreparedQuery(lambda: UserPoints.objects.select_for_update(no_key=True).filter(user_id=Given("user_id")))
_LOCKED_WITH_USER = PreparedQuery(
    # PostgreSQL locks them in this order.
    lambda: (
        UserPoints.objects.select_for_update(no_key=True, of=("user", "self"))
        .select_related("user")
        .filter(user_id=Given("user_id"))
    )
)
_WRITTEN = PreparedUpdate(
    lambda: UserPoints.objects.filter(id=Given("points_id")),
    **{name: Given(name) for name in ("purchased", "granted", "last_sequence", "updated_at")},
)


class ReferenceReused(RuntimeError):
    """The same business fact came back with another user, amount or bucket; crediting it would be a bug."""


class Bucket(StrEnum):
    PURCHASED = "purchased"
    GRANTED = "granted"


class Parts(TypedDict):
    """Points of each bucket."""

    purchased: int
    granted: int


@dataclass(frozen=True, slots=True)
class Change:
    """Points that go in (above zero) or out (below) for one business fact."""

    user_id: int
    kind: Kind
    reference: str
    title: str
    purchased: int = 0
    granted: int = 0
    staff_id: int | None = None
    reason: str = ""
    related_id: int | None = None

    @property
    def amount(self) -> int:
        return self.purchased + self.granted


def in_bucket(bucket: Bucket, amount: int) -> Parts:
    return {"purchased": amount, "granted": 0} if bucket == Bucket.PURCHASED else {"purchased": 0, "granted": amount}


def locked(user_id: int) -> UserPoints:
    """The balance row, ours until the transaction ends; made at a user's first change."""
    if points := _LOCKED.first(user_id=user_id):
        return points
    UserPoints.objects.bulk_create([UserPoints(user_id=user_id)], ignore_conflicts=True)
    return UserPoints.objects.select_for_update(no_key=True).get(user_id=user_id)


def locked_with_user(user_id: int) -> UserPoints:
    """As `locked`, and its `user` as User.objects.locked gives them: first the user, as everywhere."""
    if points := _LOCKED_WITH_USER.first(user_id=user_id):
        return points
    user = User.objects.locked(user_id)
    points = locked(user_id)
    points.user = user
    return points


def apply(points: UserPoints, change: Change) -> PointTransaction:
    sequence = points.last_sequence + 1
    balance = _WRITTEN.write(
        points_id=points.id,
        purchased=points.purchased + change.purchased,
        granted=points.granted + change.granted,
        last_sequence=sequence,
        updated_at=timezone.now(),
    )
    row = append(change, sequence, points.balance + change.amount, balance)
    if change.granted < 0 and change.kind != Kind.EXPIRY:
        lots.consume(change.user_id, -change.granted)
    return row


def append(change: Change, sequence: int, balance_after: int, *beside: Write) -> PointTransaction:
    """A row of the ledger, and what is written beside it."""
    row = PointTransaction(
        user_id=change.user_id,
        kind=change.kind,
        sequence=sequence,
        amount=change.amount,
        purchased_amount=change.purchased,
        granted_amount=change.granted,
        balance_after=balance_after,
        reference=change.reference,
        title=change.title,
        staff_id=change.staff_id,
        reason=change.reason,
        related_id=change.related_id,
    )
    together.send(*beside, prepared_insert.write(row))
    prepared_insert.stored(row)
    metrics.moves(change.kind, change.amount)
    return row


def earlier(change: Change) -> PointTransaction | None:
    """The row this fact has already. Raises ReferenceReused when it says something else."""
    row = PointTransaction.objects.filter(kind=change.kind, reference=change.reference).first()
    said = (change.user_id, change.purchased, change.granted)
    if row and (row.user_id, row.purchased_amount, row.granted_amount) != said:
        raise ReferenceReused(f"{change.kind} {change.reference} is transaction {row.id} with other values")
    return row
