"""People, their devices, and what is kept of both."""

from apps.accounts.models.avatars import UnusedAvatar
from apps.accounts.models.people import Device, User, UserQuerySet
from apps.accounts.models.records import AccountDeletion, ConsentRecord, DataExport
from apps.accounts.models.refresh import RefreshToken
from apps.accounts.models.sessions import Session

__all__ = [
    "AccountDeletion",
    "ConsentRecord",
    "DataExport",
    "Device",
    "RefreshToken",
    "Session",
    "UnusedAvatar",
    "User",
    "UserQuerySet",
]
