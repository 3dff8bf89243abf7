from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.base import ModelBase

from apps.core.prepared_insert import insert
from apps.core.snowflake import next_id


class SnowflakeKey(models.BigIntegerField[int, int]):
    """A primary key that is made when the row is saved; a model that is only looked at costs no id."""

    def get_pk_value_on_save(self, instance: models.Model) -> int:
        return next_id()


class SnowflakeRow(models.Model):
    """A row with a Snowflake id that never changes."""

    id = SnowflakeKey(primary_key=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def save(self, *, force_insert: bool | tuple[ModelBase, ...] = False, **options: Any) -> None:
        """A new row is only ever inserted: an id that exists already must fail, not overwrite."""
        is_new = bool(force_insert) or self._state.adding
        if not (is_new and not options and insert(self)):
            super().save(force_insert=force_insert or is_new, **options)


class SnowflakeModel(SnowflakeRow):
    """A row with a Snowflake id that may change."""

    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class SnowflakeNode(models.Model):
    """A node of the id generator; node_lease explains the ceiling."""

    node_id = models.SmallIntegerField(primary_key=True)
    holder = models.UUIDField()
    ceiling_ms = models.BigIntegerField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(node_id__range=(0, 1023)), name="snowflake_node_has_ten_bits"),
        )

    def __str__(self) -> str:
        return f"node {self.node_id}"


class IdempotencyRecord(SnowflakeModel):
    """The answer that was given to a request with an Idempotency-Key, stored together with its effect."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    scope = models.CharField(max_length=200)
    key = models.CharField(max_length=128)
    body_sha256 = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    answer = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "scope", "key"), name="one_answer_per_idempotency_key"),)
        indexes = (models.Index(fields=("created_at",), name="idempotency_by_age"),)

    def __str__(self) -> str:
        return self.key


class InvariantRun(SnowflakeRow):
    """What `check_invariants` found; `broken` is empty when everything held."""

    checked = models.JSONField()
    broken = models.JSONField()
    took_ms = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"


class BackupRun(SnowflakeRow):
    """A backup that was made and could be read; in the backup itself the one before it is the last."""

    file = models.CharField(max_length=200)
    size = models.BigIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    took_ms = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.file
