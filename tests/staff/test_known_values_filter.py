"""The words to filter by are those that a column has."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin import AllValuesFieldListFilter
from django.db import models
from django.test import Client, RequestFactory

from apps.accounts.models import User
from apps.emoji.models import EmojiTask, EmojiTemplate
from apps.staff import known_values_filter
from apps.staff.bounded_list import indexed_fields
from apps.staff.known_values_filter import KnownValuesFilter
from tests.staff.conftest import enrolled

SMALL = {"emoji.emojitemplate", "remoteconfig.configrevision"}


@pytest.mark.django_db
def test_each_word_is_told_once_in_order() -> None:
    EmojiTemplate.objects.all().delete()
    for number, category in enumerate(("b", "a", "b", "", "c")):
        EmojiTemplate.objects.create(driven_id=f"t{number}", name="T", category=category)
    assert known_values_filter.values_of(EmojiTemplate._meta.get_field("category")) == ["a", "b", "c"]


@pytest.mark.django_db
def test_a_table_without_rows_has_none() -> None:
    assert known_values_filter.values_of(EmojiTask._meta.get_field("error_code")) == []


@pytest.mark.django_db
def test_there_are_not_more_than_a_list_can_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_values_filter, "MOST", 2)
    for number in range(4):
        EmojiTemplate.objects.create(driven_id=f"t{number}", name="T", category=f"c{number}")
    assert len(known_values_filter.values_of(EmojiTemplate._meta.get_field("category"))) == 2


def test_no_list_looks_for_words_in_a_column_without_an_index(staff: User, rf: RequestFactory) -> None:
    """Of tables that grow without an end."""
    request = rf.get("/")
    request.user = staff
    walked = [
        f"{model._meta.label_lower}.{name}"
        for model, page in admin.site._registry.items()
        for name in looked_for(model, page.get_list_filter(request))
        if name not in indexed_fields(model) and model._meta.label_lower not in SMALL
    ]
    assert walked == []


def looked_for(model: Any, filters: Any) -> list[str]:
    """Columns whose words are found by a look: texts that are named without a class of their own."""
    names = [one for one in filters if isinstance(one, str)]
    names += [
        one[0] for one in filters if isinstance(one, tuple) and one[1] in (KnownValuesFilter, AllValuesFieldListFilter)
    ]
    fields = [model._meta.get_field(name) for name in names]
    return [field.name for field in fields if isinstance(field, models.CharField) and not field.choices]


def test_words_that_are_known_are_not_looked_for(staff: User, client: Client) -> None:
    enrolled(client, staff)
    page = client.get("/admin/billing/revenuecatevent/", {"type": "RENEWAL"}).content.decode()
    assert "type=TRANSFER" in page
    assert "environment=SANDBOX" in page
