"""What can be made (templates), from what (photos), and the making of it (tasks)."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.core.models import SnowflakeModel


class Status(models.TextChoices):
    """Of a task; the app knows these words."""

    QUEUED = "queued"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class Stage(models.TextChoices):
    """Of a task in processing, in their order."""

    DETECTING = "detecting"
    SUBMITTING = "submitting"
    GENERATING = "generating"
    SAVING = "saving"


OPEN = (Status.QUEUED, Status.PROCESSING)


class EmojiTemplate(SnowflakeModel):
    """An expression. The app knows it by the provider's `driven_id`."""

    driven_id = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=64)
    category = models.CharField(max_length=32)
    cover_url = models.URLField(blank=True)
    preview_url = models.URLField(blank=True)
    sort = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        indexes = (models.Index(fields=("sort", "id"), name="templates_in_order"),)

    def __str__(self) -> str:
        return self.driven_id


class PhotoUpload(SnowflakeModel):
    """A ticket to upload one photo, and what is known of the photo once it has been looked at."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="photo_uploads")
    key = models.CharField(max_length=200, unique=True)
    content_type = models.CharField(max_length=32)
    content_length = models.PositiveIntegerField(help_text="bytes, as declared")
    expires_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(checked_at__isnull=True) | Q(width__isnull=False, height__isnull=False),
                name="checked_photo_has_dimensions",
            ),
        )

    def __str__(self) -> str:
        return self.key


class EmojiTaskQuerySet(models.QuerySet["EmojiTask"]):
    def open(self) -> Self:
        return self.filter(status__in=OPEN)

    def due(self) -> Self:
        """Open, their time has come, and nobody is at work on them; by the database's clock."""
        return self.open().filter(Q(lease_until=None) | Q(lease_until__lt=Now()), next_step_at__lte=Now())


class EmojiTask(SnowflakeModel):
    """One emoji being made. Only submission.py inserts, only lease.py updates, erasure.py scrubs; `version`
    counts the changes.

    `lease_token` fences: a worker that lost its lease can write nothing. `claims` counts the times a step was begun and
    not ended, `retries` the times the present stage was tried again. A submission's intent (`submit_no`,
    `submit_sent_at`) is written before it is sent, because the provider has no idempotency token.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="emoji_tasks")
    template = models.ForeignKey(EmojiTemplate, models.PROTECT, related_name="+")
    upload = models.ForeignKey(PhotoUpload, models.PROTECT, related_name="+")
    client_ref = models.CharField(max_length=64, blank=True)

    status = models.CharField(max_length=16, choices=Status.choices, default=Status.QUEUED)
    stage = models.CharField(max_length=16, choices=Stage.choices, default=Stage.DETECTING)
    version = models.PositiveIntegerField(default=1)
    attempt = models.PositiveIntegerField(default=1)
    next_step_at = models.DateTimeField()
    deadline_at = models.DateTimeField(null=True, blank=True)
    rung_at = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    claims = models.PositiveIntegerField(default=0)
    retries = models.PositiveIntegerField(default=0)

    photo_key = models.CharField(max_length=200, blank=True, help_text="the copy without EXIF that is worked with")
    face_box = models.JSONField(null=True, blank=True)
    extended_box = models.JSONField(null=True, blank=True)
    provider = models.CharField(max_length=32, blank=True)
    submit_no = models.PositiveIntegerField(default=0)
    submit_sent_at = models.DateTimeField(null=True, blank=True)
    provider_task_id = models.CharField(max_length=500, null=True, blank=True, unique=True)
    provider_status = models.CharField(max_length=16, blank=True)
    provider_result_url = models.CharField(max_length=2000, blank=True)

    result_key = models.CharField(max_length=200, blank=True)
    result_content_type = models.CharField(max_length=32, blank=True)
    result_size = models.PositiveIntegerField(default=0, help_text="bytes")
    result_sha256 = models.CharField(max_length=64, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_raw = models.TextField(blank=True, help_text="the provider's own words, for staff")

    cost = models.PositiveIntegerField(help_text="points")
    spend_transaction_id = models.BigIntegerField(unique=True)
    refund_transaction_id = models.BigIntegerField(null=True, blank=True, unique=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = EmojiTaskQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(cost__gt=0), name="emoji_task_costs_points"),
            models.CheckConstraint(
                condition=~Q(status="succeeded") | (~Q(result_key="") & Q(result_size__gt=0) & ~Q(result_sha256="")),
                name="succeeded_task_has_a_result",
            ),
            models.CheckConstraint(condition=~Q(status="failed") | ~Q(error_code=""), name="failed_task_has_a_code"),
            models.CheckConstraint(
                condition=Q(status__in=("queued", "processing"), completed_at__isnull=True)
                | Q(status__in=("succeeded", "failed", "canceled"), completed_at__isnull=False),
                name="ended_task_has_an_end",
            ),
            models.CheckConstraint(condition=Q(submit_no__lte=2), name="never_a_third_submission"),
        )
        indexes = (
            # The sweeper asks every few seconds what is due.
            models.Index(fields=("next_step_at",), condition=Q(status__in=("queued", "processing")), name="due_tasks"),
            # A user's pages, newest first.
            models.Index(F("user"), F("id").desc(), name="emoji_tasks_of_a_user"),
            # Counted at each creation.
            models.Index(
                fields=("user",), condition=Q(status__in=("queued", "processing")), name="open_tasks_of_a_user"
            ),
        )

    def __str__(self) -> str:
        return f"emoji task {self.id}"

    def progress(self, at: datetime, usual_seconds: float) -> int:
        """Per cent, guessed from the stage and, while the provider works, from the time passed; never goes down."""
        if self.status == Status.SUCCEEDED:
            return 100
        if self.status == Status.QUEUED:
            return 0
        if self.stage == Stage.GENERATING and self.provider_status == "running" and self.submit_sent_at:
            passed = (at - self.submit_sent_at).total_seconds() / usual_seconds
            return 30 + int(60 * min(max(passed, 0), 1))
        return {"detecting": 10, "submitting": 20, "generating": 25, "saving": 95}[self.stage]
