"""What a user agreed to, asked to have deleted, and asked to have handed out."""

from django.db import models
from django.db.models import F, Q

from apps.accounts.models.people import User
from apps.core.models import SnowflakeRow


class ConsentRecord(SnowflakeRow):
    """One decision; the newest of a purpose counts. A trigger refuses to change or delete it: it is evidence."""

    class Purpose(models.TextChoices):
        AI_PROCESSING = "ai_processing", "photos are worked with by an AI provider"

    user = models.ForeignKey(User, models.PROTECT, related_name="consent_records")
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
