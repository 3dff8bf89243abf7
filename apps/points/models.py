from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from apps.core.models import SnowflakeModel, SnowflakeRow

TAKING = ("clawback", "expiry", "transfer_out")
# As reward_week.py names them.
WEEK = r"^\d{4}-W(0[1-9]|[1-4]\d|5[0-3])$"


class UserPoints(SnowflakeModel):
    """What a user has, in points. `purchased` never expires; `granted` is spent first.

    Only entries.py and reward_rows.py write the balances, and freezing.py `frozen_at`.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="points")
    purchased = models.BigIntegerField(default=0)
    granted = models.BigIntegerField(default=0)
    last_sequence = models.BigIntegerField(default=0, help_text="how many rows the ledger has for this user")
    frozen_at = models.DateTimeField(null=True, blank=True, help_text="by staff: nothing can be spent since")
    balance = models.GeneratedField(
        expression=F("purchased") + F("granted"), output_field=models.BigIntegerField(), db_persist=True
    )

    class Meta:
        verbose_name = verbose_name_plural = "points"
        permissions = (("adjust_points", "Can adjust a user's points"),)
        constraints = (
            models.CheckConstraint(condition=Q(purchased__gte=0), name="purchased_points_not_negative"),
            models.CheckConstraint(condition=Q(granted__gte=0), name="granted_points_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.purchased} purchased, {self.granted} granted"


class GrantLot(SnowflakeModel):
    """What is left, in points, of one credit that expires. The lot that ends soonest is spent first."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    credit = models.OneToOneField("PointTransaction", models.PROTECT, related_name="lot")
    remaining = models.BigIntegerField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(remaining__gte=0), name="lot_not_negative"),)
        indexes = (
            # The hourly job asks what has expired; spending asks which lots a user has.
            models.Index(fields=("expires_at",), condition=Q(remaining__gt=0), name="lots_by_end"),
            models.Index(fields=("user", "expires_at"), condition=Q(remaining__gt=0), name="lots_of_a_user"),
        )

    def __str__(self) -> str:
        return f"{self.remaining} until {self.expires_at:%Y-%m-%d}"


class Clawback(SnowflakeModel):
    """A store took its money back: what could be taken of the points it had brought, and what could not."""

    credit = models.ForeignKey("PointTransaction", models.PROTECT, related_name="clawbacks")
    taken = models.BigIntegerField()
    shortfall = models.BigIntegerField()
    is_reversed = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(taken__gte=0, shortfall__gte=0), name="clawback_not_negative"),
            models.UniqueConstraint(
                fields=("credit",), condition=Q(is_reversed=False), name="one_clawback_of_a_credit_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.taken} taken, {self.shortfall} short"


class WeeklyRewardRun(models.Model):
    """One week's reward: how far it has come, so that it can go on where it was stopped, and whether it is done for all
    but those who were left."""

    week = models.CharField(max_length=8, primary_key=True)
    last_user_id = models.BigIntegerField(default=0)
    granted = models.BigIntegerField(default=0, help_text="users")
    left_user_ids = ArrayField(
        models.BigIntegerField(), default=list, db_default=[], help_text="get it once their balance is repaired"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    completed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.week


class PointTransaction(SnowflakeRow):
    """A row of the ledger; a trigger refuses to change or delete it.

    `amount` is the sum of its two parts, in points, negative when points leave. `reference` is the business fact that
    caused the row: one fact moves points once. `sequence` counts a user's rows: ids of two processes may cross within a
    millisecond, the order of a balance may not.
    """

    class Kind(models.TextChoices):
        PURCHASE = "purchase"
        SUBSCRIPTION_GRANT = "subscription_grant"
        SPEND = "spend"
        WEEKLY_REWARD = "weekly_reward"
        SIGNUP_BONUS = "signup_bonus"
        PROMO = "promo"
        REFUND = "refund"
        CLAWBACK = "clawback"
        CLAWBACK_REVERSAL = "clawback_reversal"
        EXPIRY = "expiry"
        ADJUSTMENT = "adjustment"
        TRANSFER_IN = "transfer_in"
        TRANSFER_OUT = "transfer_out"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="point_transactions", db_index=False
    )
    kind = models.CharField(max_length=32, choices=Kind.choices)
    sequence = models.BigIntegerField()
    amount = models.BigIntegerField()
    purchased_amount = models.BigIntegerField(default=0)
    granted_amount = models.BigIntegerField(default=0)
    balance_after = models.BigIntegerField()
    reference = models.CharField(max_length=200)
    title = models.CharField(max_length=100)
    reward_week = models.CharField(max_length=8, null=True, blank=True)  # noqa: DJ001 - null keeps other rows out of the unique index
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(
        max_length=500, blank=True, default="", db_default="", help_text="for staff; the user sees the title"
    )
    related = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("kind", "reference"), name="one_transaction_per_fact"),
            models.UniqueConstraint(fields=("user", "sequence"), name="one_row_per_user_and_sequence"),
            models.UniqueConstraint(
                fields=("user", "reward_week"),
                condition=Q(reward_week__isnull=False),
                name="one_reward_per_user_and_week",
            ),
            models.UniqueConstraint(
                # A credit may be clawed back again after a reversal; Clawback sees to it that it is once at a time.
                fields=("related",),
                condition=Q(kind="refund"),
                name="one_refund_per_spend",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=("refund", "clawback", "clawback_reversal")) | Q(related__isnull=False),
                name="reversal_names_what_it_reverses",
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="transaction_moves_points"),
            models.CheckConstraint(
                condition=Q(amount=F("purchased_amount") + F("granted_amount")), name="transaction_is_its_parts"
            ),
            models.CheckConstraint(condition=Q(balance_after__gte=0), name="balance_after_not_negative"),
            models.CheckConstraint(
                condition=~Q(kind="adjustment") | (Q(staff__isnull=False) & ~Q(reason="")),
                name="adjustment_has_staff_and_reason",
            ),
            models.CheckConstraint(
                condition=~Q(kind="spend") | Q(amount__lt=0, purchased_amount__lte=0, granted_amount__lte=0),
                name="spending_takes_points",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=(*TAKING, "spend", "adjustment"))
                | Q(amount__gt=0, purchased_amount__gte=0, granted_amount__gte=0),
                name="giving_gives_points",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=TAKING) | Q(amount__lt=0, purchased_amount__lte=0, granted_amount__lte=0),
                name="taking_back_takes_points",
            ),
            models.CheckConstraint(
                condition=~Q(kind="expiry") | Q(purchased_amount=0), name="bought_points_never_expire"
            ),
            models.CheckConstraint(
                # Without its week, a reward would not be once a week.
                condition=Q(kind="weekly_reward", reward_week__isnull=False, reward_week__regex=WEEK)
                | (~Q(kind="weekly_reward") & Q(reward_week__isnull=True)),
                name="weekly_reward_has_its_week",
            ),
        )
        indexes = (
            # A user's pages, newest first.
            models.Index(fields=("user", "-id"), name="transactions_of_a_user"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.amount:+}"


class PendingAdjustment(SnowflakeModel):
    """An adjustment that is too large for one member of staff: a second one approves or refuses it, until it expires.

    Only four_eyes.py writes it.
    """

    class Decision(models.TextChoices):
        WAITING = "waiting"
        APPROVED = "approved"
        REFUSED = "refused"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    amount = models.BigIntegerField(help_text="points")
    bucket = models.CharField(max_length=16)
    reason = models.CharField(max_length=500)
    token = models.UUIDField(unique=True, help_text="of the form it was filled in on")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    decision = models.CharField(max_length=16, choices=Decision.choices, default=Decision.WAITING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    row = models.OneToOneField(PointTransaction, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        permissions = (("approve_adjustment", "Can approve an adjustment that another one asked for"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="nobody_approves_their_own_adjustment",
            ),
            models.CheckConstraint(
                condition=Q(decision="waiting", decided_by__isnull=True, decided_at__isnull=True, row__isnull=True)
                | Q(decision="refused", decided_by__isnull=False, decided_at__isnull=False, row__isnull=True)
                | Q(decision="approved", decided_by__isnull=False, decided_at__isnull=False, row__isnull=False),
                name="decided_adjustment_tells_by_whom",
            ),
            models.CheckConstraint(condition=~Q(amount=0) & ~Q(reason=""), name="pending_adjustment_moves_points"),
        )
        indexes = (models.Index(fields=("expires_at",), condition=Q(decision="waiting"), name="adjustments_that_wait"),)

    def __str__(self) -> str:
        return f"{self.amount:+} for {self.user_id}"

    def is_open(self, at: datetime) -> bool:
        return self.decision == self.Decision.WAITING and self.expires_at > at
