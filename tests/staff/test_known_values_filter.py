"""The words to filter by are those that a column has."""

import pytest

from apps.emoji.models import EmojiTask, EmojiTemplate
from apps.staff import known_values_filter


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
