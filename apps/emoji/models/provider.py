"""What is remembered of the provider: whether an account works, and what it makes that nobody waits for."""

from django.db import models

from apps.core.models import SnowflakeRow
from apps.emoji.models.tasks import EmojiTask


class ProviderHealth(models.Model):
    """Of one account at the provider; breaker.py explains the words."""

    account = models.CharField(max_length=32, primary_key=True)
    failures = models.PositiveIntegerField(default=0, help_text="in a row")
    fault = models.CharField(max_length=16, default="none", help_text="whose the last one was")
    open_until = models.DateTimeField(null=True, blank=True, help_text="not called before; empty while it works")

    class Meta:
        verbose_name_plural = "provider health"

    def __str__(self) -> str:
        return self.account


class AbandonedGeneration(SnowflakeRow):
    """A generation at the provider that nobody waits for any more: staff had it made again, or several answers were
    lost at once and nobody could tell whose it was.

    It is remembered so that nobody takes it for a submission of theirs whose answer was lost.
    """

    task = models.ForeignKey(EmojiTask, models.PROTECT, related_name="+")
    provider_task_id = models.CharField(max_length=500, unique=True)

    def __str__(self) -> str:
        return self.provider_task_id
