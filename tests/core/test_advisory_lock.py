"""Locks end with their transaction, so that a session can be anybody's after it."""

import re
from pathlib import Path

import pytest
from django.db import connection, transaction

from apps.core import advisory_lock
from tests import held_up

ROOT = Path(__file__).parent.parent.parent
OF_A_SESSION = re.compile(r"pg_(try_)?advisory_(lock|unlock)|\bLISTEN\b|CREATE TEMP|SET SESSION|WITH HOLD")
HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"


def held() -> int:
    with connection.cursor() as cursor:
        cursor.execute(HELD)
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_what_is_held_ends_with_the_transaction() -> None:
    with transaction.atomic():
        advisory_lock.hold(["one", "another"], shared="all")
        assert held() == 3
    assert held() == 0


@pytest.mark.django_db(transaction=True)
def test_alone_it_waits_its_turn_and_lets_go() -> None:
    with transaction.atomic():
        advisory_lock.hold(["one"])
        turn = held_up.by_us(lambda: advisory_lock.hold(["one"]))
    turn.result()
    advisory_lock.hold(["one"])
    assert held() == 0


def test_nothing_of_the_product_needs_a_session_of_its_own() -> None:
    sources = [*(ROOT / "apps").rglob("*.py"), *(ROOT / "pickitchen").rglob("*.py")]
    assert [str(path) for path in sources if OF_A_SESSION.search(path.read_text())] == []
