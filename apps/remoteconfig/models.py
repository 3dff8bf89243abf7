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
