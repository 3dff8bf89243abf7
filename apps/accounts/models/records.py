"""What a user agreed to, asked to have deleted, and asked to have handed out."""

from django.db import models
from django.db.models import F, Q

from apps.accounts.models.people import User
from apps.core.models import SnowflakeModel, SnowflakeRow


class ConsentRecord(SnowflakeRow):
    """One decision; the newest of a purpose counts. A trigger refuses to change or delete it: it is evidence."""

    class Purpose(models.TextChoices):
        AI_PROCESSING = "ai_processing", "photos are worked with by an AI provider"

    user = models.ForeignKey(User, models.PROTECT, related_name="consent_records", db_index=False)
    purpose = models.CharField(max_length=32, choices=Purpose.choices)
    version = models.CharField(max_length=32, help_text="of the text that was agreed to")
    granted = models.BooleanField()
    app_version = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(purpose__in=("ai_processing",)), name="consent_has_a_known_purpose"),
        )
        indexes = (models.Index(F("user"), F("purpose"), F("id").desc(), name="consents_of_a_user"),)

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}: {'granted' if self.granted else 'withdrawn'}"


class AccountDeletion(SnowflakeModel):
    """A user's wish to be forgotten. From `started_at` on it cannot be undone; at `completed_at` nothing was left."""

    user = models.ForeignKey(User, models.PROTECT, related_name="deletions")
    reason = models.CharField(max_length=500, blank=True, help_text="the user's words; forgotten with the account")
    due_at = models.DateTimeField()
    canceled_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    left = models.CharField(max_length=200, blank=True, help_text="the parts that were not done at the last attempt")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("user",), condition=Q(canceled_at=None), name="one_account_deletion_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(canceled_at__isnull=True) | Q(started_at__isnull=True),
                name="canceled_deletion_was_not_started",
            ),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True) | Q(started_at__isnull=False),
                name="completed_deletion_was_started",
            ),
        )
        indexes = (
            # The job asks every few minutes which are due.
            models.Index(
                fields=("next_try_at",), condition=Q(canceled_at=None, completed_at=None), name="deletions_to_do"
            ),
        )

    def __str__(self) -> str:
        return f"deletion of {self.user_id}"


class DataExport(SnowflakeModel):
    """What a user asked to have handed out: a zip that is kept for a day."""

    class Status(models.TextChoices):
        PENDING = "pending"
        READY = "ready"
        FAILED = "failed"
        EXPIRED = "expired"

    user = models.ForeignKey(User, models.CASCADE, related_name="data_exports", db_index=False)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    content = models.BinaryField(null=True)
    size_bytes = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user",), condition=Q(status="pending"), name="one_export_in_the_making"),
            models.CheckConstraint(
                condition=~Q(status="ready") | Q(content__isnull=False, expires_at__isnull=False),
                name="ready_export_has_content",
            ),
            models.CheckConstraint(
                condition=Q(status="ready") | Q(content__isnull=True), name="only_a_ready_export_has_content"
            ),
        )
        indexes = (
            models.Index(F("user"), F("id").desc(), name="exports_of_a_user"),
            models.Index(fields=("next_try_at",), condition=Q(status="pending"), name="exports_to_build"),
            models.Index(fields=("expires_at",), condition=Q(status="ready"), name="exports_by_end"),
        )

    def __str__(self) -> str:
        return f"export of {self.user_id}"
