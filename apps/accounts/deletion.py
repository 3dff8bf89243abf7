"""A user asks to be forgotten, may change their mind for a while, and is forgotten.

When the time has come, one transaction closes the account for good: no device leads to it any more, and the profile is
blank. What other apps keep is removed after that, in parts that are tried until they are done. Ledger and orders stay,
of a user id that names nobody.
"""

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F
from django.db.models.functions import Now
from structlog import get_logger

from apps.accounts import avatars, erasure, profile, sessions
from apps.accounts.models import AccountDeletion, DataExport, Device, Session, User
from apps.core import database_clock
from apps.core.errors import DomainError
from apps.core.models import IdempotencyRecord

MOST_AT_ONCE = 50
MOST_ROUNDS = 5
# Seconds after which a run begins no other deletion; the next run goes on.
LONGEST_RUN = 120
# A worker that is silent for so long has lost the deletion to the next one.
LEASE = timedelta(minutes=10)
LONGEST_BACK_OFF = timedelta(hours=6)

log = get_logger(__name__)


class DeletionNotScheduled(DomainError):
    code = "deletion_not_scheduled"
    status = 409
    title = "There is no deletion to undo"


@transaction.atomic
def schedule(user_id: int, reason: str) -> AccountDeletion:
    """All the user's tokens die at once. A second wish is the first one."""
    User.objects.locked(user_id)
    earlier = AccountDeletion.objects.filter(user_id=user_id, canceled_at=None).first()
    if earlier:
        return earlier
    # By the clock that decides when it is carried out: this machine's may be far behind.
    due_at = database_clock.now() + timedelta(days=settings.ACCOUNT_DELETION_DAYS)
    deletion = AccountDeletion(user_id=user_id, reason=reason, due_at=due_at, next_try_at=due_at)
    deletion.save()
    User.objects.filter(id=user_id).update(deletion_due_at=due_at)
    sessions.end_all(user_id, Session.Reason.DELETION)
    return deletion


@transaction.atomic
def cancel(user_id: int) -> User:
    """Raises DeletionNotScheduled, also when it is too late."""
    user = User.objects.locked(user_id)
    waiting = AccountDeletion.objects.filter(user=user, canceled_at=None, started_at=None)
    if not waiting.update(canceled_at=Now(), updated_at=Now()):
        raise DeletionNotScheduled
    user.deletion_due_at = None
    user.save(update_fields=["deletion_due_at", "updated_at"])
    return user


def carry_out_due(at: datetime) -> None:
    """Begin what is due and go on with what was begun."""
    due = AccountDeletion.objects.filter(canceled_at=None, completed_at=None, next_try_at__lte=at)
    began = time.monotonic()
    for deletion_id in due.order_by("next_try_at").values_list("id", flat=True)[:MOST_AT_ONCE]:
        if time.monotonic() - began > LONGEST_RUN:
            return
        _try(deletion_id, at)


def _try(deletion_id: int, at: datetime) -> None:
    """One that cannot even be begun is left for the next run, and holds up no other."""
    try:
        deletion = _claimed(deletion_id, at)
        if deletion:
            _carry_out(deletion, at)
    except DatabaseError:
        log.exception("a deletion could not be carried out", deletion=deletion_id)


@transaction.atomic(durable=True)
def _claimed(deletion_id: int, at: datetime) -> AccountDeletion | None:
    """Ours until the lease ends; the account is closed by then. None when it is somebody else's, or was undone."""
    of_user = AccountDeletion.objects.values_list("user_id", flat=True).get(id=deletion_id)
    user = User.objects.locked(of_user)
    deletion = AccountDeletion.objects.filter(
        id=deletion_id, canceled_at=None, completed_at=None, next_try_at__lte=at
    ).first()
    if deletion is None:
        return None
    if deletion.started_at is None:
        _close(user, at)
        deletion.started_at, deletion.reason = at, ""
    deletion.next_try_at, deletion.attempts = at + LEASE, deletion.attempts + 1
    deletion.save()
    return deletion


def _close(user: User, at: datetime) -> None:
    # Held first, so that no login and no refresh adds to what is being deleted.
    for rows in (Device.objects, Session.objects):
        list(rows.select_for_update().filter(user=user).order_by("id").values_list("id", flat=True))
    Device.objects.filter(user=user).delete()
    IdempotencyRecord.objects.filter(user=user).delete()
    DataExport.objects.filter(user=user).delete()
    # Those of undone wishes too.
    AccountDeletion.objects.filter(user=user).update(reason="", updated_at=at)
    avatars.discard(user)
    User.objects.filter(id=user.id).update(
        nickname="",
        avatar_key="",
        locale=profile.DEFAULT_LOCALE,
        timezone=profile.DEFAULT_TIMEZONE,
        is_active=False,
        is_tester=False,
        suspended_at=None,
        suspended_until=None,
        suspension_reason="",
        deletion_due_at=None,
        erased_at=at,
        token_version=F("token_version") + 1,
        profile_version=F("profile_version") + 1,
        updated_at=at,
    )


def _carry_out(deletion: AccountDeletion, at: datetime) -> None:
    left = [name for name, erase in erasure.parts().items() if not _erased(name, erase, deletion.user_id)]
    if left:
        # What waits for the pipeline is done soon; what fails again and again need not be tried every minute.
        wait = min(timedelta(minutes=2 ** min(deletion.attempts, 10)), LONGEST_BACK_OFF)
        deletion.next_try_at, deletion.left = at + wait, ", ".join(left)[:200]
    else:
        deletion.completed_at, deletion.left = at, ""
    deletion.save(update_fields=["next_try_at", "left", "completed_at", "updated_at"])


def _erased(name: str, erase: erasure.Erase, user_id: int) -> bool:
    """One part that fails holds up no other."""
    try:
        return any(erase(user_id) for _ in range(MOST_ROUNDS))
    except Exception:
        log.exception("a part of an account could not be erased", part=name, user=user_id)
        return False
