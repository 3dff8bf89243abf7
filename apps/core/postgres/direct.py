"""Statements that are sent again and again, by a shorter way: a session prepares each once, and is told its name after.

What psycopg and Django find out for every use, and this does not, takes longer than PostgreSQL takes to answer. What is
not plain goes their way: a session that is still to be opened, one behind PgBouncer, one that somebody listens to.

psycopg must not prepare statements in the same session: it drops all there are whenever a transaction is rolled back.
"""

import re
from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus

PLACE = re.compile("%[s%]")
GOOD = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
# Of one session: statements that are made up each time must not fill its memory.
MOST = 300
# feature_not_supported: a column has another type than when the statement was prepared.
OUTDATED = b"0A000"
# Its text, and the types of its values.
Statement = tuple[str, tuple[int, ...]]

_number = count(1)


class _Session:
    """What is known of one: the names of its statements, and how values become PostgreSQL's and rows ours."""

    def __init__(self, session: Any) -> None:
        self.names: dict[Statement, bytes] = {}
        # Of the session's adapters, not of the session, which it would keep alive.
        self.adapted = Transformer(session.adapters)


_known: "WeakKeyDictionary[Any, _Session]" = WeakKeyDictionary()


class Result(NamedTuple):
    """`rowcount` is of those that were changed, or found."""

    rows: Sequence[Any]
    rowcount: int


def run(sql: str, values: Sequence[Any]) -> Result:
    """`sql` has `%s` where values stand. Raises Django's database errors."""
    connection: Any = connections[DEFAULT_DB_ALIAS]
    session = _plain_session(connection)
    if session is None:
        return _run_by_django(connection, sql, values)
    with connection.wrap_database_errors:
        return _run(session, sql, values)


def _plain_session(connection: Any) -> Any:
    """None where statements do not go this way."""
    connection.close_if_health_check_failed()
    session: Any = connection.connection
    if session is None or connection.queries_logged or connection.execute_wrappers or connection.needs_rollback:
        return None
    return session if connection.settings_dict["OPTIONS"].get("server_side_binding") else None


def _run_by_django(connection: Any, sql: str, values: Sequence[Any]) -> Result:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return Result(cursor.fetchall() if cursor.description else [], cursor.rowcount)


def _run(session: Any, sql: str, values: Sequence[Any]) -> Result:
    _begin(session)
    adapted = _of(session).adapted
    sent = adapted.dump_sequence(values, [PyFormat.AUTO] * len(values))
    result = _executed(session, (sql, adapted.types or ()), sent, adapted.formats)
    if not result.nfields:
        return Result([], result.command_tuples or 0)
    adapted.set_pgresult(result)
    return Result(adapted.load_rows(0, result.ntuples, tuple), result.ntuples)


def _of(session: Any) -> _Session:
    known = _known.get(session)
    if known is None:
        known = _known[session] = _Session(session)
    return known


def _begin(session: Any) -> None:
    """As psycopg does it: a transaction begins with its first statement."""
    if not session.autocommit and session.pgconn.transaction_status == TransactionStatus.IDLE:
        _good(session, session.pgconn.exec_(b"BEGIN"))


def _executed(session: Any, statement: Statement, values: Any, formats: Any) -> Any:
    result = session.pgconn.exec_prepared(_name(session, statement), values, formats)
    if result.status not in GOOD and result.error_field(DiagnosticField.SQLSTATE) == OUTDATED:
        del _of(session).names[statement]
        if not session.autocommit:
            raise psycopg.OperationalError("a migration has changed what this transaction reads")
        result = session.pgconn.exec_prepared(_name(session, statement), values, formats)
    return _good(session, result)


def _name(session: Any, statement: Statement) -> bytes:
    names = _of(session).names
    if found := names.get(statement):
        return found
    if len(names) >= MOST:
        oldest = names.pop(next(iter(names)))
        _good(session, session.pgconn.exec_(b"DEALLOCATE " + oldest))
    name = f"pk_{next(_number)}".encode()
    sql, types = statement
    _good(session, session.pgconn.prepare(name, _with_numbers(sql).encode(), types))
    names[statement] = name
    return name


def _with_numbers(sql: str) -> str:
    """PostgreSQL's own places for values: $1, $2."""
    numbers = count(1)
    return PLACE.sub(lambda place: f"${next(numbers)}" if place[0] == "%s" else "%", sql)


def _good(session: Any, result: Any) -> Any:
    """Raises psycopg's errors."""
    if result.status in GOOD:
        return result
    if session.pgconn.status == ConnStatus.BAD:
        raise psycopg.OperationalError(session.pgconn.get_error_message())
    raise psycopg.errors.error_from_result(result, session.info.encoding)
