"""Who of staff did what, and how they prove who they are."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.core.models import SnowflakeModel, SnowflakeRow


class StaffAction(SnowflakeRow):
    """A line of the audit log; triggers refuse to change, delete or truncate it.

    `staff` is null for a login that failed and for commands of a shell. `before` and `after` hold what was changed.
    """

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    action = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    before = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        permissions = (("export_lists", "Can export lists as CSV"),)
        indexes = (
            models.Index(F("staff"), F("id").desc(), name="actions_of_staff"),
            models.Index(F("object_id"), F("object_type"), F("id").desc(), name="actions_on_an_object"),
            models.Index(F("action"), F("id").desc(), name="actions_of_a_kind"),
            models.Index(fields=("request_id",), name="actions_of_a_request"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}".strip()


class SecondFactor(SnowflakeModel):
    """The authenticator app of a member of staff. Its secret is encrypted; totp.py and second_factor.py use it.

    `last_step` is the 30-second step of the last code that was taken; that code and older ones are refused.
    Sessions that began before `sessions_since` are over.
    """

    staff = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="second_factor")
    secret = models.BinaryField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)
    sessions_since = models.DateTimeField()

    def __str__(self) -> str:
        return f"second factor of {self.staff_id}"


class RecoveryCode(SnowflakeRow):
    """One of the codes for who has lost the phone; only a hash of it is kept, and it is good once."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="recovery_codes", db_index=False)
    code_sha256 = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("factor", "code_sha256"), name="recovery_code_once_per_factor"),)
        indexes = (models.Index(fields=("factor",), condition=Q(used_at__isnull=True), name="unused_recovery_codes"),)

    def __str__(self) -> str:
        return "used" if self.used_at else "unused"


class Mailbox(SnowflakeModel):
    """Where a member of staff reads mail. Who has none is told nothing."""

    staff = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="mailbox", limit_choices_to={"is_staff": True}
    )
    address = models.EmailField()

    class Meta:
        verbose_name_plural = "mailboxes"

    def __str__(self) -> str:
        return self.address


class Letter(SnowflakeModel):
    """Mail to a member of staff, stored together with what it tells of; letters.py sends it.

    `sent_at` is null until the mail server has taken it; `next_try_at` is when it is tried, the first time too.
    """

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    address = models.EmailField()
    subject = models.CharField(max_length=150)
    text = models.TextField()
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=("next_try_at",), condition=Q(sent_at__isnull=True), name="letters_to_send"),)

    def __str__(self) -> str:
        return self.subject
