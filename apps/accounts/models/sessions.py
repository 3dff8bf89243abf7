"""Who is logged in."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from apps.accounts.models.people import Device, User
from apps.core.models import SnowflakeModel


class SessionQuerySet(models.QuerySet["Session"]):
    def living(self, at: datetime) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=at)


class Session(SnowflakeModel):
    """One login of one device, until it is revoked or not refreshed any more.

    `last_seen_at` is coarse, and null until the first authenticated request. A bare session was opened by a device id
    alone.
    """

    class AuthLevel(models.TextChoices):
        SECRET = "secret", "the device showed its secret, or was given it"
        BARE = "bare", "an imported device showed its id alone"

    class Reason(models.TextChoices):
        LOGOUT = "logout", "logged out"
        LOGOUT_ALL = "logout_all", "logged out on all devices"
        REMOVED = "removed", "ended from another session"
        NEW_SECRET = "new_secret", "the device got another secret"
        SUPERSEDED = "superseded", "the device logged in many times since"
        REFRESH_REUSED = "refresh_reused", "an old refresh token was shown again"
        DELETION = "deletion", "the account is being deleted"
        STAFF = "staff", "ended by staff"

    user = models.ForeignKey(User, models.CASCADE, related_name="sessions")
    device = models.ForeignKey(Device, models.CASCADE, related_name="sessions")
    auth_level = models.CharField(max_length=16, choices=AuthLevel.choices)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(help_text="when it ends unless it is refreshed")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=16, choices=Reason.choices, blank=True)

    objects: ClassVar = SessionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_reason="")
                | Q(revoked_at__isnull=False) & ~Q(revoked_reason=""),
                name="revoked_session_has_a_reason",
            ),
        )
        indexes = (
            # A user's list, newest first, and everything that ends sessions.
            models.Index(F("user"), F("id").desc(), condition=Q(revoked_at=None), name="open_sessions_of_a_user"),
            models.Index(F("device"), F("id").desc(), condition=Q(revoked_at=None), name="open_sessions_of_a_device"),
            # The daily job asks which ended long ago.
            models.Index(fields=("expires_at",), name="sessions_by_end"),
            models.Index(fields=("revoked_at",), condition=Q(revoked_at__isnull=False), name="sessions_by_revocation"),
        )

    def __str__(self) -> str:
        return f"session {self.id}"
