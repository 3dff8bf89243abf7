"""The only code that changes a balance. Each change is one locked balance row and one new ledger row.

A change joins its caller's transaction, so that points move together with what they are for.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict

from django.db import transaction

from apps.core.errors import DomainError
from apps.points.models import PointTransaction, UserPoints

Kind = PointTransaction.Kind
ADJUSTED = "Adjusted by support"


class InsufficientPoints(DomainError):
    code = "insufficient_points"
    status = 402
    title = "Not enough points"
    detail = "This costs {required} points, you have {balance}."


class ReferenceReused(RuntimeError):
    """The same business fact came back with another user or amount; crediting it would be a bug."""


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

    @property
    def amount(self) -> int:
        return self.purchased + self.granted


@transaction.atomic
def charge(user_id: int, cost: int, *, reference: str, title: str) -> PointTransaction:
    """Spend `cost` points, granted ones first. Raises InsufficientPoints."""
    if cost <= 0:
        raise ValueError(f"a charge takes points: {cost}")
    points = _locked(user_id)
    if points.balance < cost:
        raise InsufficientPoints(required=cost, balance=points.balance, missing=cost - points.balance)
    granted = min(points.granted, cost)
    change = Change(user_id, Kind.SPEND, reference, title, purchased=granted - cost, granted=-granted)
    return _apply(points, change)


@transaction.atomic
def credit(
    user_id: int, amount: int, *, kind: Kind, bucket: Bucket, reference: str, title: str
) -> tuple[PointTransaction, bool]:
    """Give points for a fact, once: a fact that was credited before gives its row and False. Raises ReferenceReused."""
    if amount <= 0:
        raise ValueError(f"a credit gives points: {amount}")
    points = _locked(user_id)
    change = Change(user_id, kind, reference, title, **_in_bucket(bucket, amount))
    if earlier := _earlier(change):
        return earlier, False
    return _apply(points, change), True


@transaction.atomic
def adjust(
    user_id: int, amount: int, *, bucket: Bucket, staff_id: int, reason: str, token: str
) -> tuple[PointTransaction, bool]:
    """Staff give or take points of one bucket, once per `token`; again, it gives the row and False.

    Raises InsufficientPoints, ReferenceReused.
    """
    if not amount or not reason.strip():
        raise ValueError("an adjustment moves points and has a reason")
    points = _locked(user_id)
    parts = {str(bucket): amount}
    change = Change(
        user_id, Kind.ADJUSTMENT, f"adjustment:{token}", ADJUSTED, staff_id=staff_id, reason=reason, **parts
    )
    if earlier := _earlier(change):
        return earlier, False
    left = getattr(points, bucket)
    if left + amount < 0:
        raise InsufficientPoints(required=-amount, balance=left, missing=-amount - left)
    return _apply(points, change), True


def _in_bucket(bucket: Bucket, amount: int) -> Parts:
    return {"purchased": amount, "granted": 0} if bucket == Bucket.PURCHASED else {"purchased": 0, "granted": amount}


def _locked(user_id: int) -> UserPoints:
    """The balance row, ours until the transaction ends; made at a user's first change."""
    rows = UserPoints.objects.select_for_update(no_key=True).filter(user_id=user_id)
    if points := rows.first():
        return points
    UserPoints.objects.bulk_create([UserPoints(user_id=user_id)], ignore_conflicts=True)
    return rows.get()


def _apply(points: UserPoints, change: Change) -> PointTransaction:
    balance_after = points.balance + change.amount
    UserPoints.objects.filter(id=points.id).update(
        purchased=points.purchased + change.purchased, granted=points.granted + change.granted
    )
    row = PointTransaction(
        user_id=change.user_id,
        kind=change.kind,
        amount=change.amount,
        purchased_amount=change.purchased,
        granted_amount=change.granted,
        balance_after=balance_after,
        reference=change.reference,
        title=change.title,
        staff_id=change.staff_id,
        reason=change.reason,
    )
    row.save()
    return row


def _earlier(change: Change) -> PointTransaction | None:
    """The row this fact has already. Raises ReferenceReused when it says something else."""
    earlier = PointTransaction.objects.filter(kind=change.kind, reference=change.reference).first()
    if earlier and (earlier.user_id, earlier.amount) != (change.user_id, change.amount):
        raise ReferenceReused(f"{change.kind} {change.reference} is transaction {earlier.id} with other values")
    return earlier
