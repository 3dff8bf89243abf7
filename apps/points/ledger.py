"""The only code that changes a balance. Each change is one locked balance row and one new ledger row.

A change joins its caller's transaction, so that points move together with what they are for.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from apps.core.errors import DomainError
from apps.points.models import PointTransaction, UserPoints

Kind = PointTransaction.Kind


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


@dataclass(frozen=True, slots=True)
class Change:
    """Points that go in (above zero) or out (below) for one business fact."""

    user_id: int
    kind: Kind
    reference: str
    title: str
    purchased: int = 0
    granted: int = 0

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
    parts = {str(bucket): amount}
    change = Change(user_id, kind, reference, title, **parts)
    if earlier := PointTransaction.objects.filter(kind=kind, reference=reference).first():
        _require_same(earlier, change)
        return earlier, False
    return _apply(points, change), True


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
    )
    row.save()
    return row


def _require_same(earlier: PointTransaction, change: Change) -> None:
    if (earlier.user_id, earlier.amount) != (change.user_id, change.amount):
        raise ReferenceReused(f"{change.kind} {change.reference} is transaction {earlier.id} with other values")
