"""One statement on this thread's connection, with an end to the patience on our side.

A server's own time-outs help only while it answers. A database whose machine or network is gone says nothing at all,
and a readiness probe has to notice that.
"""

import select
import time

from django.db import OperationalError, connection
from psycopg import pq


class DatabaseSilent(OperationalError):
    """No answer came in time; the connection is closed."""


def first_row(sql: str, seconds: float) -> list[str]:
    """The first row, as PostgreSQL writes it. Raises DatabaseSilent, OperationalError.

    A connection that is not there yet takes up to `connect_timeout` more.
    """
    connection.ensure_connection()
    try:
        return _asked(connection.connection.pgconn, sql.encode(), time.monotonic() + seconds)
    except Exception as error:
        connection.close()
        if isinstance(error, OperationalError):
            raise
        raise OperationalError(str(error)) from error


def _asked(server: pq.abc.PGconn, sql: bytes, deadline: float) -> list[str]:
    server.send_query(sql)
    row: list[str] = []
    while (result := _next_result(server, deadline)) is not None:
        if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            raise OperationalError(result.error_message.decode(errors="replace").strip())
        if result.ntuples:
            row = [(result.get_value(0, column) or b"").decode() for column in range(result.nfields)]
    return row


def _next_result(server: pq.abc.PGconn, deadline: float) -> pq.abc.PGresult | None:
    while server.is_busy():
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([server.socket], [], [], left)[0]:
            raise DatabaseSilent("the database does not answer in time")
        server.consume_input()
    return server.get_result()
