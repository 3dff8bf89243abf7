"""What can be made."""

from django.db import models

from apps.core.models import SnowflakeModel


class EmojiTemplate(SnowflakeModel):
    """An expression. The app knows it by the provider's `driven_id`."""

    driven_id = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=64)
    category = models.CharField(max_length=32)
    cover_url = models.URLField(blank=True)
    preview_url = models.URLField(blank=True)
    sort = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    is_vip_only = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = (models.Index(fields=("sort", "id"), name="templates_in_order"),)

    def __str__(self) -> str:
        return self.driven_id
