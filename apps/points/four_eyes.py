"""Large adjustments need two members of staff: one asks, another approves or refuses.

What counts is the sum of what one moves in a day, so that many small adjustments are no way around.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Abs
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.points import ledger
from apps.points.ledger import Bucket
from apps.points.models import PendingAdjustment, PointTransaction
from apps.staff import letters
from apps.staff.backend import StaffBackend

Decision = PendingAdjustment.Decision

MAY_DECIDE = "points.approve_adjustment"
WINDOW = timedelta(days=1)
LIFE = timedelta(days=3)


class CannotDecide(Exception):
    """The sentence says why."""


def needs_second(staff_id: int, amount: int, at: datetime, *, token: UUID) -> bool:
    """Whether this is more than they may still move alone today. Their other adjustments wait until the caller's
    transaction ends.

    What is only sent again is what it was, whatever else they have moved since.
    """
    User.objects.locked(staff_id)
    if PendingAdjustment.objects.filter(token=token).exists():
        return True
    is_done = PointTransaction.objects.filter(kind="adjustment", reference=f"adjustment:{token}").exists()
    return not is_done and abs(amount) > left_alone(staff_id, at)


def left_alone(staff_id: int, at: datetime) -> int:
    """Points they may still move alone today. What others approved does not count."""
    alone = PointTransaction.objects.filter(staff_id=staff_id, kind="adjustment", created_at__gt=at - WINDOW)
    moved = alone.exclude(reference__startswith=_reference("")).aggregate(points=Sum(Abs("amount")))["points"] or 0
    return max(int(settings.STAFF_POINTS_ALONE) - int(moved), 0)


@transaction.atomic
def ask(
    user_id: int, amount: int, *, bucket: Bucket, staff_id: int, reason: str, token: UUID
) -> tuple[PendingAdjustment, bool]:
    """Once per `token`; again, it gives the row and False. Who may decide is told by mail."""
    asked = {
        "user_id": user_id,
        "amount": amount,
        "bucket": bucket,
        "reason": reason,
        "requested_by_id": staff_id,
        "expires_at": timezone.now() + LIFE,
    }
    pending, is_new = PendingAdjustment.objects.get_or_create(token=token, defaults=asked)
    if is_new:
        others = StaffBackend().with_perm(MAY_DECIDE).exclude(id=staff_id).values_list("id", flat=True)
        letters.tell(others, f"{amount:+} points wait for a second member of staff", f"Decide: {_page(pending)}")
    return pending, is_new


@transaction.atomic
def approve(pending_id: int, staff_id: int) -> PendingAdjustment:
    """The points move, once, in the name of who asked. Raises CannotDecide, InsufficientPoints."""
    pending = _open(pending_id, staff_id)
    pending.row, _ = ledger.adjust(
        pending.user_id,
        pending.amount,
        bucket=Bucket(pending.bucket),
        staff_id=pending.requested_by_id,
        reason=pending.reason,
        token=_token(pending.id),
    )
    return _decided(pending, Decision.APPROVED, staff_id)


@transaction.atomic
def refuse(pending_id: int, staff_id: int) -> PendingAdjustment:
    """Raises CannotDecide."""
    return _decided(_open(pending_id, staff_id), Decision.REFUSED, staff_id)


def _open(pending_id: int, staff_id: int) -> PendingAdjustment:
    """Locked: of two who decide at once, one does."""
    pending = PendingAdjustment.objects.select_for_update(of=("self",)).get(id=pending_id)
    if pending.requested_by_id == staff_id:
        raise CannotDecide("You asked for this yourself; somebody else decides.")
    if pending.decision != Decision.WAITING:
        raise CannotDecide(f"It was {pending.decision} already.")
    if not pending.is_open(timezone.now()):
        raise CannotDecide("It has expired; it must be asked for again.")
    return pending


def _decided(pending: PendingAdjustment, decision: Decision, staff_id: int) -> PendingAdjustment:
    pending.decision, pending.decided_by_id, pending.decided_at = decision, staff_id, timezone.now()
    pending.save(update_fields=("decision", "decided_by", "decided_at", "row", "updated_at"))
    told = f"{pending.amount:+} points that you asked for: {decision}"
    letters.tell([pending.requested_by_id], told, f"{told}.\n\n{_page(pending)}")
    return pending


def _page(pending: PendingAdjustment) -> str:
    return f"{settings.PUBLIC_BASE_URL}{reverse('admin:points_decide', args=[pending.id])}"


def _token(pending_id: int | str) -> str:
    return f"pending-{pending_id}"


def _reference(pending_id: int | str) -> str:
    return f"adjustment:{_token(pending_id)}"
