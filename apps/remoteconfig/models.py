from django.db import models
from django.db.models import Q

from apps.core.models import SnowflakeModel


class PointsPack(SnowflakeModel):
    """A pack that staff added to the catalogue, changed, or took off it; it wins over the configuration."""

    product_id = models.CharField(max_length=200, unique=True, help_text="as in the stores")
    points = models.PositiveIntegerField()
    is_offered = models.BooleanField(default=True, help_text="a pack that is bought is credited all the same")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(points__gt=0, points__lte=2_000_000_000), name="pack_gives_points"),
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
