"""With what a session stays open."""

from django.db import models
from django.db.models import Q

from apps.accounts.models.sessions import Session
from apps.core.models import SnowflakeRow


class RefreshToken(SnowflakeRow):
    """A link of a session's chain of refresh tokens; only the last one has not been rotated.

    `salt` and the rotated token make its successor again, which is nowhere in clear.
    """

    session = models.ForeignKey(Session, models.CASCADE, related_name="refresh_tokens")
    predecessor = models.OneToOneField("self", models.SET_NULL, null=True, related_name="successor")
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    rotated_at = models.DateTimeField(null=True)
    salt = models.BinaryField(max_length=32, null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("session",), condition=Q(rotated_at=None), name="one_last_refresh_token_per_session"
            ),
            models.CheckConstraint(
                condition=Q(rotated_at__isnull=True, salt__isnull=True)
                | Q(rotated_at__isnull=False, salt__isnull=False),
                name="rotated_refresh_token_has_a_salt",
            ),
        )
        # The daily job asks which were rotated long ago.
        indexes = (models.Index(fields=("rotated_at",), name="refresh_tokens_by_rotation"),)

    def __str__(self) -> str:
        return f"refresh token {self.id}"
