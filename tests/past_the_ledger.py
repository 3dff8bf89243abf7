"""What only the owner of the database can do: write past what it refuses."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

TABLES = ("points_pointtransaction", "points_userpoints", "points_grantlot", "emoji_emojitask")


@contextmanager
def past_the_ledger() -> Iterator[Any]:
    """A cursor, while no trigger of ours looks."""
    with transaction.atomic(), connection.cursor() as cursor:
        # A table with deferred checks of this transaction waiting cannot be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        _all_triggers(cursor, "DISABLE")
        yield cursor
        _all_triggers(cursor, "ENABLE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _all_triggers(cursor: Any, change: str) -> None:
    for table in TABLES:
        cursor.execute(f"ALTER TABLE {table} {change} TRIGGER USER")
