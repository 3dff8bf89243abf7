"""Statements that a session prepares once, and everything that must be as with Django's own way."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, OperationalError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.core.postgres import direct

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 7, 1, 12, 30, 0, 5000, tzinfo=UTC)


def prepared(words: str) -> int:
    """How many statements with such words this session has prepared."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", [f"%{words}%"])
        return int(cursor.fetchone()[0])


def test_a_statement_is_prepared_once() -> None:
    for number in (1, 2, 3):
        assert direct.run("SELECT %s + 100 AS once", [number]).rows == [(number + 100,)]
    assert prepared("AS once") == 1


def test_values_of_another_type_are_another_statement() -> None:
    assert direct.run("SELECT %s AS thing", [5]).rows == [(5,)]
    assert direct.run("SELECT %s AS thing", [LATE]).rows == [(LATE,)]
    assert direct.run("SELECT %s AS thing", [b"\x00\xff"]).rows == [(b"\x00\xff",)]
    assert direct.run("SELECT %s::text AS thing", [None]).rows == [(None,)]


def test_a_percent_sign_stays_one() -> None:
    assert direct.run("SELECT 'a%%' || %s", ["b"]).rows == [("a%b",)]


@pytest.mark.parametrize("listens", [False, True], ids=["directly", "by Django"])
def test_changed_rows_are_counted(user: User, listens: bool) -> None:
    def count() -> int:
        return direct.run("UPDATE accounts_user SET nickname = %s WHERE id = %s", ["Ada", user.id]).rowcount

    if listens:
        with CaptureQueriesContext(connection) as seen:
            assert count() == 1
        assert len(seen) == 1
    else:
        assert count() == 1


def test_errors_are_djangos() -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        direct.run("SELECT FROM nothing_of_this_name", [])


def test_a_broken_rule_is_told_by_its_name(user: User) -> None:
    with pytest.raises(IntegrityError, match='unique constraint "accounts_user_'), transaction.atomic():
        direct.run(
            "INSERT INTO accounts_user SELECT (jsonb_populate_record(u, jsonb_build_object('id', u.id + 1))).*"
            " FROM accounts_user u WHERE id = %s",
            [user.id],
        )


def test_a_statement_outlives_a_transaction_that_is_rolled_back() -> None:
    def ask() -> None:
        direct.run("SELECT %s AS outlives", [1])

    ask()
    with transaction.atomic():
        ask()
        transaction.set_rollback(True)
    ask()
    assert prepared("AS outlives") == 1


def test_the_one_that_was_prepared_first_is_given_up_for_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    direct._known.pop(connection.connection, None)
    monkeypatch.setattr(direct, "MOST", 2)
    for word in ("one", "two", "three"):
        direct.run(f"SELECT %s AS kept_{word}", [1])
    assert prepared("AS kept_") == 2
    assert direct.run("SELECT %s AS kept_one", [7]).rows == [(7,)]


@pytest.mark.django_db(transaction=True)
class TestWithoutATransaction:
    def test_one_that_begins_here_is_undone_with_its_first_statement(self, user: User) -> None:
        direct.run("SELECT 1", [])
        with transaction.atomic():
            direct.run("UPDATE accounts_user SET nickname = %s WHERE id = %s", ["Nobody", user.id])
            transaction.set_rollback(True)
        user.refresh_from_db()
        assert user.nickname != "Nobody"

    def test_a_session_that_was_ended_is_an_operational_error_and_the_next_one_is_new(self) -> None:
        ((ours,),) = direct.run("SELECT pg_backend_pid()", []).rows
        with pytest.raises(OperationalError):
            direct.run("SELECT pg_terminate_backend(%s)", [ours])
        assert not connection.is_usable()
        connection.close()
        assert direct.run("SELECT pg_backend_pid() <> %s", [ours]).rows == [(True,)]

    @pytest.fixture
    def changing_table(self) -> Iterator[Callable[[], None]]:
        """Makes its one column wider."""
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE changing AS SELECT 'a'::varchar(3) AS word")
        direct.run("SELECT word FROM changing", [])

        def widen() -> None:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE changing ALTER COLUMN word TYPE varchar(5)")

        yield widen
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE changing")

    def test_a_migration_meanwhile_is_not_noticed(self, changing_table: Callable[[], None]) -> None:
        changing_table()
        assert direct.run("SELECT word FROM changing", []).rows == [("a",)]

    def test_a_transaction_that_meets_one_is_told_to_come_again_once(self, changing_table: Callable[[], None]) -> None:
        changing_table()
        with pytest.raises(OperationalError), transaction.atomic():
            direct.run("SELECT word FROM changing", [])
        with transaction.atomic():
            assert direct.run("SELECT word FROM changing", []).rows == [("a",)]

    def test_behind_pgbouncer_nothing_is_prepared(self) -> None:
        direct.run("SELECT 1", [])
        options = connection.settings_dict["OPTIONS"]
        connection.settings_dict["OPTIONS"] = options | {"server_side_binding": False}
        try:
            direct.run("SELECT %s AS not_prepared", [1])
        finally:
            connection.settings_dict["OPTIONS"] = options
        assert prepared("AS not_prepared") == 0
