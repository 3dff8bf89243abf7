"""What users say of their emoji."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.models import SnowflakeModel
from apps.emoji.models.tasks import EmojiTask


class TaskReport(SnowflakeModel):
    """What a user says is wrong with an emoji; for staff, who mark it as handled."""

    class Reason(models.TextChoices):
        OFFENSIVE = "offensive"
        NOT_ME = "not_me"
        WRONG = "wrong"
        OTHER = "other"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    task = models.ForeignKey(EmojiTask, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=16, choices=Reason.choices)
    note = models.CharField(max_length=500, blank=True)
    is_handled = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "task"), name="one_report_per_user_and_task"),)
        indexes = (models.Index(fields=("-id",), condition=Q(is_handled=False), name="reports_to_handle"),)

    def __str__(self) -> str:
        return f"{self.reason}: task {self.task_id}"
