"""Ids: positive, and made when their rows were (5 s is what the generator bridges)."""

from django.apps import apps

from apps.core.invariants import Invariant, register
from apps.core.models import SnowflakeRow
from apps.core.snowflake import EPOCH_MS, NODE_BITS, SEQUENCE_BITS

AWAY = f"abs(extract(epoch FROM created_at) * 1000 - ((id >> {NODE_BITS + SEQUENCE_BITS}) + {EPOCH_MS})) > 5000"


TABLES = sorted(model._meta.db_table for model in apps.get_models() if issubclass(model, SnowflakeRow))

register(
    Invariant(
        "I16",
        "an id is positive and carries the time its row was made",
        # Table names are Django's own.
        " UNION ALL ".join(f"SELECT '{table} ' || id FROM {table} WHERE id <= 0 OR {AWAY}" for table in TABLES),  # noqa: S608 - our own tables
    )
)
