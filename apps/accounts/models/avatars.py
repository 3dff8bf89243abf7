"""Pictures of users that no profile shows."""

from django.db import models

from apps.accounts.models.people import User
from apps.core.models import SnowflakeRow


class UnusedAvatar(SnowflakeRow):
    """A copy that will be removed from the photo store. Its row is there before the copy is; the profile that takes the
    copy takes the row away.

    `due_at`: when it is removed. `closed_at`: no profile may take it any more.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="unused_avatars")
    key = models.CharField(max_length=200, unique=True)
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=~models.Q(key=""), name="unused_avatar_has_a_key"),)
        indexes = (models.Index(fields=("due_at",), name="unused_avatars_by_end"),)

    def __str__(self) -> str:
        return f"unused avatar of {self.user_id}"
