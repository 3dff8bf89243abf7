"""Locks on names instead of rows, for what has no row yet. They end with the transaction they are taken in."""

from collections.abc import Iterable

from django.db import connection


def hold(names: Iterable[str]) -> None:
    """Each name is ours alone until the transaction ends; taken in one order, so that two never wait crosswise."""
    with connection.cursor() as cursor:
        for name in sorted(set(names)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def share(name: str) -> None:
    """Ours together with everybody else who shares it; who holds it alone waits for all of us."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [name])
