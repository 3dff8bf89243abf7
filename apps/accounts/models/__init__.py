"""People, their devices, and what is kept of both."""

from apps.accounts.models.people import Device, User, UserQuerySet

__all__ = ["Device", "User", "UserQuerySet"]
