"""Expressions have a name in each language that apps speak."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from apps.emoji import template_names
from apps.emoji.models import EmojiTemplate
from apps.emoji.template_names import OTHERS, require_names

PACKAGED = Path(template_names.__file__).parent / "templates.json"


def test_each_of_the_first_ones_is_named_in_each_language() -> None:
    for item in json.loads(PACKAGED.read_text(encoding="utf-8"))["items"]:
        require_names(item["names"])
        assert set(item["names"]) == set(OTHERS)


@pytest.mark.parametrize(
    "names", [[], "x", None, {"en": "Happy"}, {"de": "Froh"}, {"ja": ""}, {"ja": " "}, {"ja": 7}, {"ja": "x" * 65}]
)
def test_staff_cannot_write_other_names(template: EmojiTemplate, names: Any) -> None:
    template.names = names
    with pytest.raises(ValidationError):
        template.full_clean()


def test_a_name_in_one_language_is_enough(template: EmojiTemplate) -> None:
    template.names = {"ja": "うれしい"}
    template.full_clean()


@pytest.mark.parametrize("names", [[], "x", 7])
def test_the_database_keeps_names_by_language_alone(template: EmojiTemplate, names: Any) -> None:
    with pytest.raises(IntegrityError, match="template_names_are_by_language"):
        EmojiTemplate.objects.filter(id=template.id).update(names=names)
