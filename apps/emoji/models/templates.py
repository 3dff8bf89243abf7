"""What can be made."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import Exact

from apps.core.models import SnowflakeModel
from apps.emoji.template_names import require_names


class EmojiTemplate(SnowflakeModel):
    """An expression. The app knows it by the provider's `driven_id`."""

    driven_id = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=64, help_text="in English")
    names = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        validators=(require_names,),
        help_text='in other languages: {"zh-Hans": …, "zh-Hant": …, "ja": …, "ko": …, "es": …}',
    )
    category = models.CharField(max_length=32)
    cover_url = models.URLField(blank=True)
    preview_url = models.URLField(blank=True)
    sort = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    is_vip_only = models.BooleanField(default=False, db_default=False)
    duration_ms = models.PositiveIntegerField(
        "duration (ms)", null=True, blank=True, help_text="how long its clips are; empty: not known"
    )
    new_until = models.DateField(
        null=True, blank=True, help_text="the last day, UTC, on which it is shown as new; empty: it is not"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Exact(Func(F("names"), function="jsonb_typeof", output_field=models.TextField()), "object"),
                name="template_names_are_by_language",
            ),
            models.CheckConstraint(
                condition=Q(duration_ms__isnull=True) | Q(duration_ms__gt=0), name="clips_of_a_template_last"
            ),
        )
        indexes = (models.Index(fields=("sort", "id"), name="templates_in_order"),)

    def __str__(self) -> str:
        return self.driven_id

    def name_in(self, language: str) -> str:
        """The English one, where it has none of its own."""
        return str(self.names.get(language, self.name))

    def is_new(self, at: datetime) -> bool:
        """`at` is aware."""
        return self.new_until is not None and at.astimezone(UTC).date() <= self.new_until
