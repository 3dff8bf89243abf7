"""The making of an emoji."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, Max, OuterRef, Q, Subquery, When
from django.db.models.functions import Now

from apps.core.models import SnowflakeModel
from apps.core.prepared_query import Given
from apps.core.unsynced import unsynced
from apps.emoji.models.photos import PhotoUpload
from apps.emoji.models.templates import EmojiTemplate


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
# Of a task, for the app: half of the columns are the workers'.
SHOWN = (
    *("user_id", "created_at", "client_ref", "status", "stage", "version", "attempt", "turn_at", "started_at"),
    *("completed_at", "cost", "spend_transaction_id", "refund_transaction_id", "error_code", "photo_key", "provider"),
    *("provider_status", "submit_sent_at", "result_key", "result_content_type", "result_size", "result_sha256"),
    *("result_duration_ms", "result_width", "result_height"),
    *("result_removed_at", "upload__closed_at", "upload__removed_at", "upload__next_look_at"),
    *("template__driven_id", "template__name", "template__names", "template__cover_url"),
)


def _photo_free_since() -> Case:
    """When the last task with the same photo ended; null while one is open."""
    same_photo = EmojiTask.objects.filter(upload_id=OuterRef("upload_id"), deleted_at=None)
    last_end = same_photo.values("upload_id").values_list(Max("completed_at"))
    return Case(When(Exists(same_photo.open()), then=None), default=Subquery(last_end))


class EmojiTaskQuerySet(models.QuerySet["EmojiTask"]):
    def open(self) -> Self:
        return self.filter(status__in=OPEN)

    def of_user(self, user_id: int | Given) -> Self:
        """What the app shows, with what it shows along."""
        shown = self.filter(user_id=user_id, deleted_at=None).select_related("template", "upload")
        return shown.annotate(photo_free_since=_photo_free_since()).only(*SHOWN)

    def due(self) -> Self:
        """Open, their time has come, and nobody is at work on them; by the database's clock."""
        return self.open().filter(Q(lease_until=None) | Q(lease_until__lt=Now()), next_step_at__lte=Now())

    def not_synced(self) -> Self:
        """Of what would merely be done again."""
        return self.filter(unsynced())

    def waiting(self) -> Self:
        """Not begun, in the order in which they will be."""
        return self.filter(status=Status.QUEUED).order_by("turn_at", "id")

    def at_the_provider(self) -> Self:
        """Each takes one of its account's places, from its first call until its clip is there."""
        return self.filter(status=Status.PROCESSING).exclude(stage=Stage.SAVING)


class EmojiTask(SnowflakeModel):
    """One emoji being made. `version` counts the changes.

    Only submission.py inserts. What a worker holds, only lease.py updates; the rest own_tasks.py, retention.py and
    erasure.py.

    `lease_token` fences: a worker that lost its lease can write nothing. `claims` counts the times a step was begun and
    not ended, `retries` the times the present stage was tried again. A submission's intent (`submit_no`,
    `submit_sent_at`) is written before it is sent, because the provider has no idempotency token.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="emoji_tasks", db_index=False)
    template = models.ForeignKey(EmojiTemplate, models.PROTECT, related_name="+")
    upload = models.ForeignKey(PhotoUpload, models.PROTECT, related_name="+")
    client_ref = models.CharField(max_length=64, blank=True)

    status = models.CharField(max_length=16, choices=Status.choices, default=Status.QUEUED)
    stage = models.CharField(max_length=16, choices=Stage.choices, default=Stage.DETECTING)
    version = models.PositiveIntegerField(default=1)
    attempt = models.PositiveIntegerField(default=1)
    turn_at = models.DateTimeField(db_default=Now(), help_text="who goes first: when it was ordered, VIPs earlier")
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
    provider_account = models.CharField(
        max_length=32, blank=True, db_default="", help_text="whose key it is made with; it is asked for with the same"
    )
    submit_no = models.PositiveIntegerField(default=0)
    submit_sent_at = models.DateTimeField(null=True, blank=True)
    lost_submission_at = models.DateTimeField(
        null=True, blank=True, help_text="when one was sent that was given up; it may still turn up at the provider"
    )
    provider_task_id = models.CharField(max_length=500, null=True, blank=True, unique=True)
    provider_status = models.CharField(max_length=16, blank=True)
    provider_result_url = models.CharField(max_length=2000, blank=True)

    result_key = models.CharField(max_length=200, blank=True)
    result_content_type = models.CharField(max_length=32, blank=True)
    result_size = models.PositiveIntegerField(default=0, help_text="bytes")
    result_sha256 = models.CharField(max_length=64, blank=True)
    result_duration_ms = models.IntegerField("result duration (ms)", null=True, blank=True)
    result_width = models.SmallIntegerField(null=True, blank=True, help_text="pixels")
    result_height = models.SmallIntegerField(null=True, blank=True, help_text="pixels")
    error_code = models.CharField(max_length=40, blank=True)
    error_raw = models.TextField(blank=True, help_text="the provider's own words, for staff")

    cost = models.PositiveIntegerField(help_text="points")
    spend_transaction_id = models.BigIntegerField(unique=True)
    refund_transaction_id = models.BigIntegerField(null=True, blank=True, unique=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    retried_at = models.DateTimeField(null=True, blank=True, help_text="by staff, after it had failed")
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="by its user, who no longer sees it")
    result_removed_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True, help_text="names nothing and nobody since; erasure.py")

    # Known of a task that came from `of_user`.
    photo_free_since: datetime | None = None

    objects: ClassVar = EmojiTaskQuerySet.as_manager()

    class Meta:
        permissions = (
            ("operate_tasks", "Can retry, cancel and check tasks"),
            ("refund_task", "Can give back what a task cost"),
            ("view_photos", "Can look at users' photos and clips"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(cost__gt=0), name="emoji_task_costs_points"),
            models.CheckConstraint(
                condition=~Q(status="succeeded") | (~Q(result_key="") & Q(result_size__gt=0) & ~Q(result_sha256="")),
                name="succeeded_task_has_a_result",
            ),
            models.CheckConstraint(
                condition=(Q(result_duration_ms__isnull=True) | Q(result_duration_ms__gt=0))
                & (
                    Q(result_width__isnull=True, result_height__isnull=True)
                    | Q(
                        result_width__isnull=False, result_height__isnull=False, result_width__gt=0, result_height__gt=0
                    )
                ),
                name="clip_has_a_length_and_a_size_or_none",
            ),
            models.CheckConstraint(condition=~Q(status="failed") | ~Q(error_code=""), name="failed_task_has_a_code"),
            models.CheckConstraint(
                condition=Q(status__in=("queued", "processing"), completed_at__isnull=True)
                | Q(status__in=("succeeded", "failed", "canceled"), completed_at__isnull=False),
                name="ended_task_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(completed_at__isnull=False), name="deleted_task_has_ended"
            ),
            models.CheckConstraint(condition=Q(submit_no__lte=2), name="never_a_third_submission"),
        )
        indexes = (
            # The sweeper asks every few seconds what is due.
            models.Index(fields=("next_step_at",), condition=Q(status__in=("queued", "processing")), name="due_tasks"),
            # The next ones to begin, and how many are before a task.
            models.Index(fields=("turn_at", "id"), condition=Q(status="queued"), name="waiting_tasks_in_turn"),
            # How many places of an account are taken.
            models.Index(
                fields=("provider_account", "stage", "next_step_at"),
                condition=Q(status="processing"),
                name="tasks_at_the_provider",
            ),
            # How long the last ones took.
            models.Index(F("completed_at").desc(), condition=Q(status="succeeded"), name="last_finished_tasks"),
            # Staff look for what went wrong in one way.
            models.Index(fields=("error_code", "-id"), condition=~Q(error_code=""), name="tasks_by_error"),
            # Staff look for the few that did not succeed.
            models.Index(
                fields=("status", "-id"),
                condition=Q(status__in=("failed", "canceled")),
                name="tasks_that_did_not_succeed",
            ),
            # Staff look at what one account makes; a new one has made little.
            models.Index(
                fields=("provider_account", "-id"), condition=~Q(provider_account=""), name="tasks_of_an_account"
            ),
            # Lost answers of one time are looked for together.
            models.Index(
                fields=("submit_sent_at",),
                condition=Q(submit_sent_at__isnull=False, provider_task_id__isnull=True),
                name="submissions_in_doubt",
            ),
            models.Index(
                fields=("lost_submission_at",),
                condition=Q(lost_submission_at__isnull=False),
                name="submissions_given_up",
            ),
            # A user's pages, newest first.
            models.Index(F("user"), F("id").desc(), name="emoji_tasks_of_a_user"),
            # Counted at each creation.
            models.Index(
                fields=("user",), condition=Q(status__in=("queued", "processing")), name="open_tasks_of_a_user"
            ),
            # Clips whose time is over, and clips whose user does not want them any more.
            models.Index(
                fields=("completed_at",),
                condition=Q(status="succeeded", result_removed_at__isnull=True),
                name="results_by_age",
            ),
            models.Index(
                fields=("deleted_at",),
                condition=Q(status="succeeded", result_removed_at__isnull=True, deleted_at__isnull=False),
                name="results_nobody_wants",
            ),
            # Clips that may have been stored for a task which then did not succeed.
            models.Index(
                fields=("completed_at",),
                condition=Q(status__in=("failed", "canceled"), submit_no__gt=0, result_removed_at__isnull=True),
                name="clips_left_behind",
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
