"""Django's PostgreSQL: a look at the socket in place of a question before each request, and moments read quickly."""

import select
from datetime import UTC, datetime
from typing import Any

from django.db.backends.postgresql import base
from psycopg.adapt import AdaptersMap, Loader


class UtcLoader(Loader):
    """A moment as PostgreSQL writes it in a session whose time zone is UTC, as all of ours are.

    Django's own does the same in Python, at twenty times the cost; rows have several moments each.
    """

    timezone = UTC

    def load(self, data: Any) -> datetime:
        return datetime.fromisoformat(str(data, "ascii"))


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> Any:
        """A server that ended, or ended this session, has said so: then, and only then, it is asked.

        One that is gone without a word is noticed by the time-outs of the connection (docs/connections.md), as it
        would be by asking. After an error it is asked in any case, and must take writes: one that was the primary and
        is a replica now answers as well as ever.
        """
        if _is_quiet(self.connection) and not self.errors_occurred:
            return True
        return super().is_usable() and not self._is_read_only()

    def rollback(self) -> None:
        """Django forgets an error with the transaction that it ended; what it says of the connection stays true."""
        erred = self.errors_occurred
        super().rollback()
        self.errors_occurred = erred

    def _is_read_only(self) -> bool:
        with self.connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            return bool(cursor.fetchone()[0] == "on")

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if self.timezone is UTC:
            params["context"] = AdaptersMap(params["context"])
            params["context"].register_loader("timestamptz", UtcLoader)
        return params


def _is_quiet(connection: Any) -> bool:
    if connection.closed:
        return False
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN)
    return not watch.poll(0)
