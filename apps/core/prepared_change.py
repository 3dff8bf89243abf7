"""Changing a row and reading it with its relatives, in one statement that is made once.

SEEN = PreparedChange(lambda: Session.objects.select_related("user"), PreparedUpdate(..., last_seen_at=Given("at")))
SEEN.first(id=7, at=now)
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import QuerySet

from apps.core.postgres import direct
from apps.core.prepared_query import One, PreparedQuery, PreparedUpdate, Row, filled_in


class PreparedChange(PreparedQuery[One]):
    """The rows that the update has changed, as they are then, as the query brings them; it has no conditions."""

    def __init__(self, make: Callable[[], "QuerySet[One, Any]"], update: PreparedUpdate) -> None:
        super().__init__(make)
        self._update = update

    def rows(self, **given: Any) -> Sequence[Row]:
        made, write = self._made, self._update.write(**given)
        # A name in WITH hides the table of that name from the query, and not from the update.
        sql = f"WITH {self._table} AS ({write.sql} RETURNING {self._table}.*) {made.sql}"
        with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS):
            return made.shape.converted(direct.run(sql, [*write.values, *filled_in(made.wanted, given)]).rows)

    @cached_property
    def _table(self) -> str:
        return connection.ops.quote_name(self._make().model._meta.db_table)
