"""Production does not start on a ledger that could be rewritten."""

from typing import Any

import pytest
from django.core.checks import Error
from django.db import connection

from apps.points.checks import the_ledger_cannot_be_rewritten

pytestmark = pytest.mark.django_db

UNPROTECTED = ["pk.E007"]


def found() -> list[str | None]:
    messages = the_ledger_cannot_be_rewritten()
    assert all(isinstance(message, Error) for message in messages)
    return [message.id for message in messages]


@pytest.fixture(autouse=True)
def production(settings: Any) -> Any:
    settings.PRODUCTION = True
    return settings


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_a_protected_ledger_is_fine() -> None:
    assert found() == []


@pytest.mark.parametrize("act", ["DROP TRIGGER {} ON {}", "ALTER TABLE {1} DISABLE TRIGGER {0}"])
def test_without_its_trigger_nothing_starts(act: str) -> None:
    run(act.format("ledger_is_append_only", "points_pointtransaction"))
    assert found() == UNPROTECTED


def test_a_role_that_cannot_change_it_needs_no_trigger() -> None:
    run(
        "DROP TRIGGER ledger_is_append_only ON points_pointtransaction",
        "CREATE ROLE reader",
        "SET LOCAL ROLE reader",
    )
    assert found() == []


def test_elsewhere_nobody_looks(production: Any) -> None:
    production.PRODUCTION = False
    run("DROP TRIGGER ledger_is_append_only ON points_pointtransaction")
    assert found() == []


def test_a_new_database_has_no_ledger_yet() -> None:
    run("ALTER TABLE points_pointtransaction RENAME TO points_elsewhere")
    assert found() == []


@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_stops_no_start(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    assert found() == []
