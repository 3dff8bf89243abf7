"""Staff close an account, for a reason and perhaps for a time; its sessions wait."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User

MOST_AT_ONCE = 500


@transaction.atomic
def suspend(user_id: int, reason: str, until: datetime | None = None) -> bool:
    """False when the account is suspended already, or is no more. `until` None is for good."""
    if not reason.strip():
        raise ValueError("a suspension has a reason")
    user = User.objects.locked(user_id)
    if user.suspended_at or user.erased_at:
        return False
    User.objects.filter(id=user_id).update(
        is_active=False, suspended_at=timezone.now(), suspended_until=until, suspension_reason=reason
    )
    return True


@transaction.atomic
def lift(user_id: int) -> bool:
    """False when the account is not suspended."""
    user = User.objects.locked(user_id)
    if user.suspended_at is None:
        return False
    _open(user_id)
    return True


def lift_ended(at: datetime) -> None:
    """Their users are let in from that moment on anyway; this makes the rows say so."""
    for user_id in User.objects.filter(suspended_until__lte=at).values_list("id", flat=True)[:MOST_AT_ONCE]:
        lift(user_id)


def _open(user_id: int) -> None:
    User.objects.filter(id=user_id).update(
        is_active=True, suspended_at=None, suspended_until=None, suspension_reason=""
    )
