"""What tests that commit leave behind is taken away from the tables that they wrote to: a few of all there are.

Django's own flush empties every table, and then makes types, permissions and roles anew: longer than most tests take.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection, transaction
from psycopg import sql

from dev.never_emptied import ALLOW, REFUSE

# Made by migrate; hardly any test changes them.
MADE = ("django_content_type", "auth_permission", "auth_group", "auth_group_permissions")
SUM = """
    SELECT md5(concat(
        (SELECT string_agg(it::text, '' ORDER BY id) FROM django_content_type it),
        (SELECT string_agg(it::text, '' ORDER BY id) FROM auth_permission it),
        (SELECT string_agg(it::text, '' ORDER BY id) FROM auth_group it),
        (SELECT string_agg(it::text, '' ORDER BY id) FROM auth_group_permissions it)
    ))
"""
# Also by what was rolled back: it has left its mark in the file.
WRITTEN_TO = "SELECT oid::regclass::text FROM pg_class WHERE oid = ANY(%s::regclass[]) AND pg_relation_size(oid) > 0"


class Tables:
    """As migrate has made them, when this is created."""

    def __init__(self) -> None:
        self.made = _sum()

    def empty(self) -> None:
        if _sum() == self.made:
            with _allowed():
                _empty_those_written_to()
        else:
            with _allowed():
                call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
            self.made = _sum()


@contextmanager
def _allowed() -> Iterator[None]:
    """Also of the tables that are never emptied."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ALLOW)
        yield
        cursor.execute(REFUSE)


def _sum() -> str:
    with connection.cursor() as cursor:
        cursor.execute(SUM)
        return str(cursor.fetchone()[0])


def _empty_those_written_to() -> None:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN_TO, [[name for name in names if name not in MADE]])
        if found := [sql.Identifier(name) for (name,) in cursor.fetchall()]:
            # Those that refer to them come along: they may not be left out, though they are empty.
            cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(found)))
