"""What emoji are made from, and what is known of it."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.core.models import SnowflakeModel


class PhotoUpload(SnowflakeModel):
    """A ticket to upload one photo, and what is known of the photo once it has been looked at.

    `closed_at`: no task may take it any more. `removed_at`: neither it nor its copy is in the photo store any more.
    `next_look_at`: when retention.py asks again whether it is still needed.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="photo_uploads", db_index=False)
    key = models.CharField(max_length=200, unique=True)
    content_type = models.CharField(max_length=32)
    content_length = models.PositiveIntegerField(help_text="bytes, as declared")
    declared_sha256 = models.CharField(max_length=64, blank=True, db_default="", help_text="none if any photo will do")
    expires_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True, db_default="")
    next_look_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(checked_at__isnull=True) | Q(width__isnull=False, height__isnull=False),
                name="checked_photo_has_dimensions",
            ),
            models.CheckConstraint(
                condition=Q(checked_at__isnull=True) | Q(declared_sha256="") | Q(sha256=F("declared_sha256")),
                name="checked_photo_is_the_declared",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(closed_at__isnull=False), name="removed_photo_was_closed"
            ),
        )
        indexes = (
            # Ids tell the day.
            models.Index(fields=("user", "id"), name="photos_of_a_user"),
            models.Index(fields=("next_look_at",), condition=Q(closed_at__isnull=True), name="photos_to_look_at"),
            models.Index(
                fields=("closed_at",),
                condition=Q(closed_at__isnull=False, removed_at__isnull=True),
                name="photos_to_remove",
            ),
        )

    def __str__(self) -> str:
        return self.key

    @property
    def copy_key(self) -> str:
        """The copy without EXIF that is worked with."""
        return f"{self.key}.copy.jpg"


class Detection(SnowflakeModel):
    """What a provider said of one user's photo. Boxes are pixels of the working copy, [left, top, right, bottom]."""

    class Outcome(models.TextChoices):
        PENDING = "pending", "being asked"
        PASSED = "passed"
        REFUSED = "refused"
        FAILED = "failed", "no answer came"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    photo_sha256 = models.CharField(max_length=64)
    ratio = models.CharField(max_length=8)
    provider = models.CharField(max_length=32)
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    reason = models.CharField(max_length=40, blank=True)
    face_box = models.JSONField(null=True, blank=True)
    extended_box = models.JSONField(null=True, blank=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("user", "photo_sha256", "ratio", "provider"), name="one_detection_per_photo"
            ),
            models.CheckConstraint(condition=~Q(photo_sha256=""), name="detection_names_a_photo"),
            models.CheckConstraint(
                condition=~Q(outcome="passed") | Q(face_box__isnull=False, extended_box__isnull=False),
                name="passed_detection_has_boxes",
            ),
            models.CheckConstraint(condition=~Q(outcome="refused") | ~Q(reason=""), name="refused_detection_says_why"),
        )
        indexes = (
            models.Index(fields=("user", "asked_at"), name="detections_of_a_day"),
            models.Index(fields=("expires_at",), name="detections_by_end"),
        )

    def __str__(self) -> str:
        return f"detection {self.id}"

    def is_good_answer(self, at: datetime) -> bool:
        return self.outcome in (self.Outcome.PASSED, self.Outcome.REFUSED) and self.expires_at > at
