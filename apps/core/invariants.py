"""What must always be true of the stored rows, as SQL that finds the ones that break it.

Each app registers its own in `invariants.py`, as it does its system checks; `manage.py check_invariants` asks them all.
"""

from dataclasses import dataclass

from django.db import connection, transaction

MOST_ROWS_NAMED = 20


@dataclass(frozen=True, slots=True)
class Invariant:
    """`broken` selects one text column: the names of the rows that break it."""

    code: str
    sentence: str
    broken: str


_registered: dict[str, Invariant] = {}


def register(*invariants: Invariant) -> None:
    _registered.update({invariant.code: invariant for invariant in invariants})


def registered() -> list[Invariant]:
    return [_registered[code] for code in sorted(_registered, key=lambda code: (len(code), code))]


def broken_rows(invariant: Invariant) -> list[str]:
    """The first rows that break it; PostgreSQL streams, so a large ledger costs time and no memory."""
    with transaction.atomic(), connection.cursor() as cursor:
        # It looks at whole tables, at night.
        cursor.execute("SET LOCAL statement_timeout = '240s'")
        # The statements are ours, from the apps' own modules.
        cursor.execute(f"SELECT * FROM ({invariant.broken}) AS broken LIMIT {MOST_ROWS_NAMED}")  # noqa: S608 - our own SQL
        return [str(name) for (name,) in cursor.fetchall()]
