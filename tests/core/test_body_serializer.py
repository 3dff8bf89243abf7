"""A body says what it means; nothing is taken for something like it."""

from typing import Any

import pytest
from rest_framework import serializers

from apps.core.body_serializer import BodySerializer


class Wish(BodySerializer):
    name = serializers.CharField(required=False, allow_null=True)
    is_urgent = serializers.BooleanField(required=False)
    count = serializers.IntegerField(required=False)
    color = serializers.ChoiceField(choices=("red", "blue"), required=False)


LIKE_IT: dict[str, list[Any]] = {
    "name": [7, 7.5, True, [], {}],
    "is_urgent": ["true", 1, "yes", []],
    "count": ["7", "\N{ARABIC-INDIC DIGIT SEVEN}", 7.0, True, []],
    "color": [0, None, []],
}


@pytest.mark.parametrize("body", [{name: wrong} for name, wrongs in LIKE_IT.items() for wrong in wrongs], ids=str)
def test_what_is_like_it_is_not(body: dict[str, Any]) -> None:
    form = Wish(data=body)
    assert not form.is_valid()
    assert set(form.errors) == set(body)


@pytest.mark.parametrize("body", [[], "x", 7, None])
def test_what_is_no_object_is_refused_as_ever(body: Any) -> None:
    assert not Wish(data=body).is_valid()
