"""Whether an account may be used: it is active, suspended, or waits for its deletion."""

from datetime import datetime
from enum import StrEnum

from django.conf import settings

from apps.accounts.models import User
from apps.core.errors import DomainError


class Standing(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    PENDING_DELETION = "pending_deletion"


class AccountSuspended(DomainError):
    code = "account_suspended"
    status = 403
    title = "This account is suspended"
    param_names = ("until", "support_email")


class AccountPendingDeletion(DomainError):
    code = "account_pending_deletion"
    status = 403
    title = "This account will be deleted"
    detail = "It will be deleted at {delete_at}; until then that can be undone."
    param_names = ("delete_at",)


def of(user: User, at: datetime) -> Standing:
    """A suspension weighs more than a deletion: undoing that must not open the account."""
    if not user.is_active and (user.suspended_until is None or user.suspended_until > at):
        return Standing.SUSPENDED
    return Standing.PENDING_DELETION if user.deletion_due_at else Standing.ACTIVE


def require(user: User, at: datetime, *allowed: Standing) -> Standing:
    """Raises AccountSuspended, AccountPendingDeletion."""
    standing = of(user, at)
    if standing in allowed:
        return standing
    if standing == Standing.SUSPENDED:
        raise AccountSuspended(until=user.suspended_until, support_email=settings.SUPPORT_EMAIL)
    raise AccountPendingDeletion(delete_at=user.deletion_due_at)
