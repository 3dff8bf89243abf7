"""A connection that is well is not asked each time; one that PostgreSQL ended is noticed before it is used.

Moments are read as Django reads them."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def begin_a_request() -> None:
    """As Django does it."""
    connection.close_if_unusable_or_obsolete()


def end_from_elsewhere(pid: int) -> None:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()


def pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_request_begins_without_a_question() -> None:
    before = pid()
    with CaptureQueriesContext(connection) as queries:
        begin_a_request()
        assert connection.is_usable()
        User.objects.count()
    assert len(queries) == 1
    assert pid() == before


def test_a_connection_that_was_ended_is_replaced() -> None:
    before = pid()
    end_from_elsewhere(before)
    begin_a_request()
    assert User.objects.count() == 0
    assert pid() != before


@pytest.mark.parametrize(
    "written", ["2026-11-28 18:26:57.38262+00", "2026-11-28 18:26:57+00", "1999-12-31 23:59:59.9+00"]
)
def test_a_moment_is_read_to_the_microsecond(written: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [written])
        found = cursor.fetchone()[0]
    assert found == datetime.fromisoformat(written)
    assert found.tzinfo is UTC


def test_a_cursor_of_the_server_reads_them_too() -> None:
    User.objects.create_user()
    for moment in User.objects.values_list("created_at", flat=True).iterator():
        assert moment.tzinfo is UTC


def test_after_an_error_a_connection_that_is_well_stays() -> None:
    before = pid()
    fail("SELECT 1 FROM nothing")
    begin_a_request()
    assert pid() == before


def test_one_that_takes_no_writes_any_more_is_replaced() -> None:
    before = pid()
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_idempotencyrecord")
    begin_a_request()
    assert pid() != before
    assert User.objects.filter(pk=0).delete() == (0, {})


def fail(sql: str) -> None:
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute(sql)
