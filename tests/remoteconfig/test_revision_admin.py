"""The admin shows what is in effect, from where, and every change with its difference."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from apps.accounts.models import User
from apps.remoteconfig import live, overrides
from apps.remoteconfig.models import ConfigRevision
from apps.remoteconfig.overrides import Author, Change
from apps.remoteconfig.schema import KEYS

HISTORY = "/admin/remoteconfig/configrevision/"
PACKS = {"points_1000": 1000, "points_3000": 3500}

pytestmark = pytest.mark.django_db


@pytest.fixture
def revision(staff: User) -> ConfigRevision:
    now = live.snapshot().values["points_packs"]
    change = Change("points_packs", now, PACKS, {"value": PACKS}, 0)
    return overrides.apply(change, Author(staff.id, "Fewer packs"))


def test_every_key_is_shown_with_its_place(desk: Client, revision: ConfigRevision) -> None:
    page = desk.get(HISTORY).content.decode()
    assert [key.path for key in KEYS if f"/set/{key.path}/" not in page] == []
    assert "<td>staff</td>" in page
    assert "<td>packaged</td>" in page


def test_the_history_shows_who_changed_what_and_offers_the_way_back(desk: Client, revision: ConfigRevision) -> None:
    page = desk.get(HISTORY).content.decode()
    assert "Fewer packs" in page
    assert "boss" in page
    assert f'formaction="{HISTORY}undo/{revision.id}/"' in page


def test_a_change_is_shown_line_by_line(desk: Client, revision: ConfigRevision) -> None:
    page = desk.get(f"{HISTORY}{revision.id}/change/").content.decode()
    assert "-  &quot;points_10000&quot;: 10000" in page
    assert "+  &quot;points_3000&quot;: 3500" in page


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE remoteconfig_configrevision")


def test_the_history_cannot_be_changed_or_deleted(desk: Client, revision: ConfigRevision) -> None:
    rows = ConfigRevision.objects.filter(id=revision.id)
    for break_it in (lambda: rows.update(reason="Never mind"), lambda: rows.delete(), empty):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            break_it()
    assert desk.post(f"{HISTORY}{revision.id}/delete/", {"post": "yes"}).status_code == 403


def test_what_is_not_in_use_is_shown(desk: Client, revision: ConfigRevision, settings: object) -> None:
    live.forget()
    settings.REMOTE_CONFIG_FILE = "/nowhere/config.json"  # type: ignore[attr-defined]  # pytest-django's
    assert "/nowhere/config.json cannot be read" in desk.get(HISTORY).content.decode()
