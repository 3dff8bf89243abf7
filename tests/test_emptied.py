"""A test that commits leaves the next one what Django's own flush would leave, in a moment."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from psycopg import sql

from apps.accounts.models import User
from apps.emoji.models import EmojiTemplate
from tests.emptied import MADE, Tables

pytestmark = pytest.mark.django_db(transaction=True)


def rows() -> dict[str, int]:
    """How many each table has."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with connection.cursor() as cursor:
        return {name: _rows_of(cursor, name) for name in names}


def _rows_of(cursor: Any, table: str) -> int:
    cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
    return int(cursor.fetchone()[0])


def made() -> dict[str, Any]:
    return {
        "types": set(ContentType.objects.values_list("app_label", "model")),
        "permissions": set(Permission.objects.values_list("content_type__app_label", "codename")),
        "roles": set(Group.objects.values_list("name", "permissions__codename")),
    }


def test_nothing_that_was_committed_is_left(django_db_setup: Tables, user: User, template: EmojiTemplate) -> None:
    assert rows()["accounts_user"] == 1
    django_db_setup.empty()
    assert {name for name, number in rows().items() if number} == set(MADE)


def test_what_migrate_made_stays_as_it_is(django_db_setup: Tables, user: User) -> None:
    ids, before = set(Permission.objects.values_list("id", flat=True)), made()
    django_db_setup.empty()
    assert (set(Permission.objects.values_list("id", flat=True)), made()) == (ids, before)


@pytest.mark.parametrize("model", [ContentType, Permission, Group])
def test_what_migrate_made_is_made_anew_once_it_was_changed(django_db_setup: Tables, user: User, model: Any) -> None:
    before = made()
    model.objects.order_by("id").last().delete()
    assert made() != before
    django_db_setup.empty()
    assert made() == before
    assert rows()["accounts_user"] == 0


def test_a_role_that_a_test_added_or_gave_more_is_as_it_was(django_db_setup: Tables) -> None:
    before = made()
    Group.objects.create(name="of a test").permissions.set(Permission.objects.all()[:1])
    Group.objects.order_by("id")[0].permissions.set(Permission.objects.all())
    django_db_setup.empty()
    assert made() == before
