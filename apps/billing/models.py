from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from apps.core.models import SnowflakeModel


class RevenueCatEvent(SnowflakeModel):
    """An event as it came, kept for good, and what became of it. The columns read from `body` are there to find it."""

    class Outcome(models.TextChoices):
        RECEIVED = "received"
        APPLIED = "applied"
        IGNORED = "ignored"
        UNMATCHED = "unmatched"
        FAILED = "failed"

    class Source(models.TextChoices):
        WEBHOOK = "webhook"
        SYNC = "sync", "read from RevenueCat's REST API"

    event_id = models.CharField(max_length=200, unique=True)
    source = models.CharField(max_length=16, choices=Source.choices, default=Source.WEBHOOK)
    deliveries = models.PositiveIntegerField(default=1)
    body = models.BinaryField()
    type = models.CharField(max_length=100)
    event_at_ms = models.BigIntegerField()
    environment = models.CharField(max_length=20)
    store = models.CharField(max_length=30)
    app_user_id = models.CharField(max_length=200)
    names = ArrayField(models.CharField(max_length=200), default=list, help_text="everybody it speaks of")
    product_id = models.CharField(max_length=200)
    transaction_id = models.CharField(max_length=200)
    original_transaction_id = models.CharField(max_length=200)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.RECEIVED)
    reason = models.CharField(max_length=200, blank=True)
    traceback = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "RevenueCat event"
        indexes = (
            models.Index(
                fields=("store", "environment", "original_transaction_id"), name="events_of_a_subscription_line"
            ),
            models.Index(fields=("store", "environment", "transaction_id"), name="events_of_a_transaction"),
            models.Index(
                fields=("next_try_at",), condition=Q(next_try_at__isnull=False), name="events_to_look_at_again"
            ),
            # Staff look for those of a kind.
            models.Index(fields=("type", "-id"), name="events_of_a_type"),
            # The few that staff look at.
            models.Index(fields=("outcome", "-id"), condition=~Q(outcome="applied"), name="events_not_applied"),
            GinIndex(
                fields=("names",),
                condition=Q(outcome="unmatched") | Q(type="TRANSFER"),
                name="events_of_a_name",
                # Few rows of this table are in it; a list of pending ones would only make reading slower.
                fastupdate=False,
            ),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class Subscription(SnowflakeModel):
    """One line of purchases in one store: the fold of its events. An end of null is no end only if `is_lifetime`.

    Nobody's when its customer is not known, or was transferred to one who is not.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="subscriptions"
    )
    owner_names = ArrayField(
        models.CharField(max_length=200), default=list, help_text="every customer it ever belonged to"
    )
    store = models.CharField(max_length=30)
    environment = models.CharField(max_length=20)
    original_transaction_id = models.CharField(max_length=200)
    product_id = models.CharField(max_length=200)
    plan = models.CharField(max_length=30)
    period_type = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    grace_expires_at = models.DateTimeField(null=True, blank=True)
    billing_issue_at = models.DateTimeField(null=True, blank=True)
    auto_resume_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=40, blank=True)
    is_lifetime = models.BooleanField(default=False)
    is_temporary = models.BooleanField(default=False)
    is_family_share = models.BooleanField(default=False)
    is_doubtful = models.BooleanField(default=False, help_text="an event left out what it should have said")
    will_renew = models.BooleanField(default=False)
    cancel_reason = models.CharField(max_length=40, blank=True)
    pending_product_id = models.CharField(max_length=200, blank=True)
    reconciled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("store", "environment", "original_transaction_id"), name="one_row_per_subscription_line"
            ),
        )
        indexes = (
            GinIndex(fields=("owner_names",), name="subscriptions_of_a_name", fastupdate=False),
            models.Index(
                fields=("expires_at",), condition=Q(ended_at__isnull=True), name="subscriptions_without_an_end"
            ),
        )

    def __str__(self) -> str:
        return f"{self.product_id} {self.original_transaction_id}"


class Order(SnowflakeModel):
    """One payment: a one-time purchase, or one period of a subscription. The price may be unknown."""

    class Kind(models.TextChoices):
        SUBSCRIPTION = "subscription"
        POINTS = "points"

    class Status(models.TextChoices):
        PAID = "paid"
        TRIAL = "trial"
        REFUNDED = "refunded"
        REFUND_REVERSED = "refund_reversed"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    status = models.CharField(max_length=16, choices=Status.choices)
    store = models.CharField(max_length=30)
    environment = models.CharField(max_length=20)
    transaction_id = models.CharField(max_length=200)
    purchased_at = models.DateTimeField()
    product_id = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField(default=1)
    price = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    points_granted = models.BigIntegerField(default=0)
    points_taken_back = models.BigIntegerField(default=0)
    refunded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("store", "environment", "transaction_id", "purchased_at"), name="one_order_per_payment"
            ),
            models.CheckConstraint(condition=Q(points_granted__gte=0), name="order_grants_no_negative_points"),
            models.CheckConstraint(
                condition=Q(points_taken_back__gte=0, points_taken_back__lte=F("points_granted")),
                name="order_takes_back_what_it_granted",
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_has_a_quantity"),
        )
        indexes = (
            models.Index(F("user"), F("id").desc(), name="orders_of_a_user"),
            models.Index(fields=("refunded_at",), condition=Q(refunded_at__isnull=False), name="orders_by_refund"),
        )

    def __str__(self) -> str:
        return f"{self.product_id} {self.transaction_id}"


class CustomerAlias(SnowflakeModel):
    """Another name under which RevenueCat knows a user, learned from an event that also had one of ours."""

    name = models.CharField(max_length=200, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        verbose_name_plural = "customer aliases"

    def __str__(self) -> str:
        return self.name
