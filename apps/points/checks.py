"""What stops a start: a database in which the ledger could be rewritten."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import OperationalError, connections

# Before the first migration there is no ledger to protect; a role that may not see it cannot change it either.
UNPROTECTED = """
SELECT 1 FROM pg_class
WHERE oid = to_regclass('points_pointtransaction')
    AND (pg_has_role(relowner, 'USAGE') OR has_table_privilege(oid, 'UPDATE') OR has_table_privilege(oid, 'DELETE'))
    AND NOT EXISTS (
        SELECT 1 FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = 'ledger_is_append_only' AND tgenabled <> 'D'
    )
"""


@register
def the_ledger_cannot_be_rewritten(**_: Any) -> list[CheckMessage]:
    """While the database does not answer nobody writes to it, and readiness tells that."""
    if not settings.PRODUCTION:
        return []
    connection = connections["default"]
    was_open = connection.connection is not None
    try:
        with connection.cursor() as cursor:
            cursor.execute(UNPROTECTED)
            is_unprotected = cursor.fetchone() is not None
    except OperationalError:
        return []
    finally:
        # Processes are forked after the checks, and must not share it.
        if not was_open:
            connection.close()
    sentence = "the trigger ledger_is_append_only is missing, and this database role may change the ledger: migrate"
    return [Error(sentence, id="pk.E007")] if is_unprotected else []
