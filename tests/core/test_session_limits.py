"""No statement, lock or idle transaction takes forever, whether PostgreSQL hears of it from us or from the role."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from apps.core.session_limits import LIMITS, as_options

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def role_without_limits() -> Iterator[dict[str, Any]]:
    """How to connect as it without saying any."""
    known = connection.settings_dict
    yield {"host": known["HOST"], "port": known["PORT"], "user": known["USER"], "dbname": known["NAME"]} | (
        {"password": known["PASSWORD"]} if known["PASSWORD"] else {}
    )
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER ROLE CURRENT_USER IN DATABASE "{known["NAME"]}" RESET ALL')


def limits_of(session: "psycopg.Connection[Any]") -> dict[str, str]:
    return {name: str(session.execute(f"SHOW {name}").fetchone()[0]) for name in LIMITS}  # type: ignore[index]  # a row


def test_the_product_says_them_on_each_connection() -> None:
    with connection.cursor() as cursor:
        for name, value in LIMITS.items():
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == (value,)
        cursor.execute("SHOW application_name")
        assert cursor.fetchone()[0].startswith("pickitchen ")


def test_what_looks_at_whole_tables_may_take_its_time_but_migrations_not_their_locks() -> None:
    assert "statement_timeout=0" in as_options("migrate")
    assert "statement_timeout=0" in as_options("restore")
    assert "statement_timeout=240s" in as_options("repair_points")
    assert "lock_timeout=2s" in as_options("migrate")
    assert "statement_timeout=15s" in as_options("worker")


def test_a_thread_of_the_web_server_is_held_up_for_less_than_a_worker() -> None:
    assert "statement_timeout=5s" in as_options("web")
    assert "idle_in_transaction_session_timeout=10s" in as_options("web")
    assert "lock_timeout=2s" in as_options("web")


def test_the_role_can_be_given_them_for_connections_that_say_nothing(role_without_limits: dict[str, Any]) -> None:
    with psycopg.connect(**role_without_limits) as session:
        assert limits_of(session) != LIMITS
    call_command("session_limits")
    with psycopg.connect(**role_without_limits) as session:
        assert limits_of(session) == LIMITS
