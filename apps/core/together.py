"""Several writes that need nothing from each other, sent as one statement: each way to the server and back costs more
than the write."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, transaction

from apps.core.postgres import direct


class Write(NamedTuple):
    sql: str
    values: Sequence[Any]


def run(*writes: Write) -> int:
    """How many rows the last one changed. None sees what the others write, and none may touch another's rows."""
    *first, last = writes
    named = ", ".join(f"write_{number} AS ({write.sql})" for number, write in enumerate(first))
    sql = f"WITH {named} {last.sql}" if first else last.sql
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS):
        return direct.run(sql, [value for write in writes for value in write.values]).rowcount
