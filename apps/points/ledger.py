"""The only code that changes a balance. Each change is one locked balance row and one new ledger row.

A change joins its caller's transaction, so that points move together with what they are for.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypedDict

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce

from apps.core.errors import DomainError
from apps.points import lots
from apps.points.models import Clawback, GrantLot, PointTransaction, UserPoints

Kind = PointTransaction.Kind
ADJUSTED = "Adjusted by support"
EXPIRED = "Expired"


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
    related_id: int | None = None

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
    user_id: int,
    amount: int,
    *,
    kind: Kind,
    bucket: Bucket,
    reference: str,
    title: str,
    expires_at: datetime | None = None,
) -> tuple[PointTransaction, bool]:
    """Give points for a fact, once: a fact that was credited before gives its row and False. Raises ReferenceReused.

    Only granted points may expire.
    """
    if amount <= 0 or (expires_at and bucket != Bucket.GRANTED):
        raise ValueError(f"a credit gives points, and bought ones never expire: {amount}")
    points = _locked(user_id)
    change = Change(user_id, kind, reference, title, **_in_bucket(bucket, amount))
    if earlier := _earlier(change):
        return earlier, False
    row = _apply(points, change)
    if expires_at:
        lots.open_lot(row, expires_at)
    return row, True


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


@transaction.atomic
def explain_drift(user_id: int, *, staff_id: int, reason: str) -> list[PointTransaction]:
    """Append what the ledger lacks to add up to the balance row; the balance itself stays as it is."""
    points = _locked(user_id)
    sums = PointTransaction.objects.filter(user_id=user_id).aggregate(
        purchased=Coalesce(Sum("purchased_amount"), 0), granted=Coalesce(Sum("granted_amount"), 0)
    )
    lacking = {bucket: getattr(points, bucket) - sums[bucket] for bucket in Bucket}
    # What is added comes first, so that no row between leaves less than nothing.
    moves = sorted(((amount, bucket) for bucket, amount in lacking.items() if amount), reverse=True)
    rows, balance = [], sums["purchased"] + sums["granted"]
    for amount, bucket in moves:
        reference = f"repair:{user_id}:{points.last_sequence + 1}"
        parts = _in_bucket(bucket, amount)
        change = Change(user_id, Kind.ADJUSTMENT, reference, ADJUSTED, staff_id=staff_id, reason=reason, **parts)
        balance += amount
        points.last_sequence += 1
        rows.append(_append(change, points.last_sequence, balance))
    UserPoints.objects.filter(id=points.id).update(last_sequence=points.last_sequence)
    return rows


@transaction.atomic
def refund(spend: PointTransaction, *, title: str) -> tuple[PointTransaction, bool]:
    """Give a spend back whole, once, to the buckets it came from; again, it gives the row and False."""
    points = _locked(spend.user_id)
    change = Change(
        spend.user_id,
        Kind.REFUND,
        f"refund:{spend.id}",
        title,
        purchased=-spend.purchased_amount,
        granted=-spend.granted_amount,
        related_id=spend.id,
    )
    if earlier := _earlier(change):
        return earlier, False
    return _apply(points, change), True


def refund_spend(spend_id: int, *, title: str) -> PointTransaction:
    return refund(PointTransaction.objects.get(id=spend_id, kind=Kind.SPEND), title=title)[0]


@transaction.atomic
def claw_back(credit_row: PointTransaction, *, title: str) -> Clawback:
    """Take back what a credit gave, at most what is left, bought points first; once, with what was missing noted."""
    points = _locked(credit_row.user_id)
    if earlier := Clawback.objects.filter(credit=credit_row).first():
        return earlier
    taken = min(credit_row.amount, points.balance)
    if taken:
        purchased = min(taken, points.purchased)
        reference = f"clawback:{credit_row.id}"
        parts = Parts(purchased=-purchased, granted=purchased - taken)
        _apply(points, Change(points.user_id, Kind.CLAWBACK, reference, title, related_id=credit_row.id, **parts))
    return Clawback.objects.create(credit=credit_row, taken=taken, shortfall=credit_row.amount - taken)


@transaction.atomic
def reverse_clawback(clawback: Clawback, *, title: str) -> bool:
    """The store changed its mind: give back, as bought points, what was taken. False when that has been done."""
    credit_row = clawback.credit
    points = _locked(credit_row.user_id)
    if not Clawback.objects.filter(id=clawback.id, is_reversed=False).update(is_reversed=True):
        return False
    if clawback.taken:
        reference = f"clawback_reversal:{credit_row.id}"
        change = Change(
            points.user_id,
            Kind.CLAWBACK_REVERSAL,
            reference,
            title,
            purchased=clawback.taken,
            related_id=credit_row.id,
        )
        _apply(points, change)
    return True


@transaction.atomic
def expire(lot_id: int, now: datetime) -> PointTransaction | None:
    """Take what is left of a lot whose time has come; None when nothing is."""
    owner = GrantLot.objects.values_list("user_id", flat=True).get(id=lot_id)
    points = _locked(owner)
    lot = GrantLot.objects.filter(id=lot_id, remaining__gt=0, expires_at__lte=now).first()
    if lot is None:
        return None
    change = Change(owner, Kind.EXPIRY, f"expiry:{lot.id}", EXPIRED, granted=-lot.remaining, related_id=lot.credit_id)
    row = _apply(points, change)
    GrantLot.objects.filter(id=lot.id).update(remaining=0)
    return row


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
    sequence = points.last_sequence + 1
    UserPoints.objects.filter(id=points.id).update(
        purchased=points.purchased + change.purchased,
        granted=points.granted + change.granted,
        last_sequence=sequence,
    )
    row = _append(change, sequence, points.balance + change.amount)
    if change.granted < 0 and change.kind != Kind.EXPIRY:
        lots.consume(change.user_id, -change.granted)
    return row


def _append(change: Change, sequence: int, balance_after: int) -> PointTransaction:
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
    row.save()
    return row


def _earlier(change: Change) -> PointTransaction | None:
    """The row this fact has already. Raises ReferenceReused when it says something else."""
    earlier = PointTransaction.objects.filter(kind=change.kind, reference=change.reference).first()
    if earlier and (earlier.user_id, earlier.amount) != (change.user_id, change.amount):
        raise ReferenceReused(f"{change.kind} {change.reference} is transaction {earlier.id} with other values")
    return earlier
