from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.models import SnowflakeModel, SnowflakeRow


class PointsPack(SnowflakeModel):
    """A pack that staff added to the catalogue, changed, or took off it; it wins over the configuration."""

    product_id = models.CharField(max_length=200, unique=True, help_text="as in the stores")
    points = models.PositiveIntegerField(help_text="what a purchase of it gives, its bonus included")
    bonus_points = models.PositiveIntegerField(
        default=0, db_default=0, help_text="how many of the points are shown as a present"
    )
    title = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="empty: how many points it is"
    )
    badge = models.CharField(max_length=30, blank=True, default="", db_default="", help_text="such as: Best value")
    sort = models.IntegerField(default=0, db_default=0)
    is_offered = models.BooleanField(default=True, help_text="a pack that is bought is credited all the same")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(points__gt=0, points__lte=2_000_000_000), name="pack_gives_points"),
            models.CheckConstraint(
                condition=Q(bonus_points__gte=0, bonus_points__lt=F("points")),
                name="bonus_is_a_part_of_the_pack",
                violation_error_message="The bonus is a part of the points: it must be less than they are.",
            ),
        )

    def __str__(self) -> str:
        return self.product_id


class SubscriptionProduct(SnowflakeModel):
    """A subscription, or a purchase for good, that staff added to the catalogue, changed, or took off it.

    It wins over the configuration. A lifetime product is what the plan `lifetime` says.
    """

    class Plan(models.TextChoices):
        WEEKLY = "weekly"
        MONTHLY = "monthly"
        YEARLY = "yearly"
        LIFETIME = "lifetime"

    product_id = models.CharField(
        max_length=200, unique=True, help_text="as in the stores; on Play with its base plan: product:plan"
    )
    plan = models.CharField(max_length=16, choices=Plan.choices)
    entitlement = models.CharField(max_length=100, default="vip", help_text="as in RevenueCat")
    title = models.CharField(max_length=100, blank=True)
    badge = models.CharField(max_length=30, blank=True, help_text="such as: Best value")
    sort = models.IntegerField(default=0)
    is_offered = models.BooleanField(default=True, help_text="one that is bought gives VIP all the same")

    class Meta:
        ordering = ("sort", "id")

    def __str__(self) -> str:
        return self.product_id


class NacosCopy(models.Model):
    """What Nacos said last, for all processes: the last good document, and why a newer one is not in use.

    `claim` is the process that asks just now. `problems` are sentences about the document that was refused;
    `failure` says why Nacos could not be asked.
    """

    source = models.CharField(max_length=400, primary_key=True, help_text="namespace/group/document")
    claim = models.UUIDField(null=True)
    asked_at = models.DateTimeField()
    content = models.TextField(blank=True)
    md5 = models.CharField(max_length=32, blank=True)
    accepted_at = models.DateTimeField(null=True)
    ignored = models.JSONField(default=list)
    refused_md5 = models.CharField(max_length=32, blank=True)
    refused_at = models.DateTimeField(null=True)
    problems = models.JSONField(default=list)
    failing_since = models.DateTimeField(null=True)
    failure = models.CharField(max_length=1000, blank=True)

    class Meta:
        verbose_name_plural = "Nacos copies"
        constraints = (
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, md5="") | Q(accepted_at__isnull=False) & ~Q(md5=""),
                name="nacos_copy_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(refused_at__isnull=True, refused_md5="") | Q(refused_at__isnull=False) & ~Q(refused_md5=""),
                name="nacos_refusal_is_whole",
            ),
        )

    def __str__(self) -> str:
        return self.source


class ConfigRevision(SnowflakeRow):
    """One change that staff made over all other places of values. Rows are only ever added; the newest of a key counts.

    `before` and `after` are `{"value": …}`: what was in effect then, and what staff set. An empty `after` takes the
    override away, so that the key has the value of the places below again. `sequence` counts the changes of a key.
    """

    key = models.CharField(max_length=200)
    sequence = models.PositiveIntegerField()
    before = models.JSONField()
    after = models.JSONField()
    confirmed = models.BooleanField(default=False, help_text="a guarded change was meant")
    reason = models.CharField(max_length=500)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")

    class Meta:
        verbose_name = "remote configuration change"
        verbose_name_plural = "remote configuration"
        constraints = (
            models.UniqueConstraint(fields=("key", "sequence"), name="one_change_of_a_key_at_a_time"),
            models.CheckConstraint(condition=Q(sequence__gt=0) & ~Q(reason=""), name="config_change_is_explained"),
        )

    def __str__(self) -> str:
        return f"{self.key}, change {self.sequence}"

    @property
    def is_removal(self) -> bool:
        return not self.after
