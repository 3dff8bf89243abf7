"""Points come and go: charge, credit, adjust, expire. What takes one of these back is in reversals.py.

A change joins its caller's transaction, so that points move together with what they are for.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.core.errors import DomainError
from apps.core.joined_transaction import joined
from apps.points import entries, lots, titles
from apps.points.entries import Bucket, Change, Kind, ReferenceReused
from apps.points.models import GrantLot, PointTransaction, UserPoints

__all__ = [
    "Bucket",
    "InsufficientPoints",
    "Kind",
    "PointTransaction",
    "PointsFrozen",
    "ReferenceReused",
    "adjust",
    "balance",
    "charge",
    "charge_held",
    "credit",
    "credits_of",
    "expire",
    "held",
]


class InsufficientPoints(DomainError):
    code = "insufficient_points"
    status = 402
    title = "Not enough points"
    detail = "This costs {required} points, you have {balance}."
    param_names = ("required", "balance", "missing")


class PointsFrozen(DomainError):
    code = "points_frozen"
    status = 403
    title = "Your points are frozen"
    detail = "They cannot be spent now; please ask support."


def held(user_id: int) -> UserPoints:
    """The points and their `user`, both ours until the transaction ends."""
    return entries.locked_with_user(user_id)


def charge(user_id: int, cost: int, *, reference: str, title: str) -> PointTransaction:
    """Spend `cost` points, granted ones first. Raises PointsFrozen, InsufficientPoints."""
    with joined():
        return charge_held(entries.locked(user_id), cost, reference=reference, title=title)


def charge_held(points: UserPoints, cost: int, *, reference: str, title: str) -> PointTransaction:
    """As `charge`, of points that the caller holds."""
    if cost <= 0:
        raise ValueError(f"a charge takes points: {cost}")
    if points.frozen_at:
        raise PointsFrozen
    if points.balance < cost:
        raise InsufficientPoints(required=cost, balance=points.balance, missing=cost - points.balance)
    granted = min(points.granted, cost)
    change = Change(points.user_id, Kind.SPEND, reference, title, purchased=granted - cost, granted=-granted)
    return entries.apply(points, change)


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
    points = entries.locked(user_id)
    change = Change(user_id, kind, reference, title, **entries.in_bucket(bucket, amount))
    if earlier := entries.earlier(change):
        return earlier, False
    row = entries.apply(points, change)
    if expires_at:
        lots.open_lot(row, expires_at)
    return row, True


def credits_of(kind: Kind, references: Sequence[str]) -> list[PointTransaction]:
    """Of these facts, oldest first."""
    rows = PointTransaction.objects.filter(kind=kind, reference__in=references)
    return list(rows.order_by("sequence")[: len(references)])


@transaction.atomic
def adjust(
    user_id: int, amount: int, *, bucket: Bucket, staff_id: int, reason: str, token: str
) -> tuple[PointTransaction, bool]:
    """Staff give or take points of one bucket, once per `token`; again, it gives the row and False.

    Raises InsufficientPoints, ReferenceReused.
    """
    if not amount or not reason.strip():
        raise ValueError("an adjustment moves points and has a reason")
    points = entries.locked(user_id)
    parts = {str(bucket): amount}
    change = Change(
        user_id, Kind.ADJUSTMENT, f"adjustment:{token}", titles.ADJUSTED, staff_id=staff_id, reason=reason, **parts
    )
    if earlier := entries.earlier(change):
        return earlier, False
    left = getattr(points, bucket)
    if left + amount < 0:
        raise InsufficientPoints(required=-amount, balance=left, missing=-amount - left)
    return entries.apply(points, change), True


@transaction.atomic
def expire(lot_id: int, now: datetime) -> PointTransaction | None:
    """Take what is left of a lot whose time has come; None when nothing is."""
    owner = GrantLot.objects.values_list("user_id", flat=True).get(id=lot_id)
    points = entries.locked(owner)
    lot = GrantLot.objects.filter(id=lot_id, remaining__gt=0, expires_at__lte=now).first()
    if lot is None:
        return None
    change = Change(
        owner, Kind.EXPIRY, f"expiry:{lot.id}", titles.EXPIRED, granted=-lot.remaining, related_id=lot.credit_id
    )
    row = entries.apply(points, change)
    GrantLot.objects.filter(id=lot.id).update(remaining=0)
    return row


def balance(user_id: int) -> int:
    """Points; 0 for who never had any."""
    return UserPoints.objects.filter(user_id=user_id).values_list("balance", flat=True).first() or 0
