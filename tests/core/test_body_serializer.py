"""A body says what it means; nothing is taken for something like it."""

from typing import Any

import pytest
from rest_framework import serializers

from apps.core.body_serializer import BodySerializer


class Wish(BodySerializer):
    name = serializers.CharField(required=False, allow_null=True)
    is_urgent = serializers.BooleanField(required=False)
    many = serializers.IntegerField(required=False)
    color = serializers.ChoiceField(choices=("red", "blue"), required=False)


@pytest.mark.parametrize(
    "body",
    [{}, {"name": "7"}, {"name": None}, {"is_urgent": True}, {"many": 7}, {"color": "red"}, {"other": 7}],
    ids=str,
)
def test_what_is_meant_is_taken(body: dict[str, Any]) -> None:
    form = Wish(data=body)
    assert form.is_valid()
    assert form.validated_data == {name: body[name] for name in body if name != "other"}


@pytest.mark.parametrize(
    "body",
    [
        *({"name": wrong} for wrong in (7, 7.5, True, [], {})),
        *({"is_urgent": wrong} for wrong in ("true", 1, "yes", [])),
        *({"many": wrong} for wrong in ("7", "\N{ARABIC-INDIC DIGIT SEVEN}", 7.0, True, [])),
        *({"color": wrong} for wrong in (0, None, [])),
    ],
    ids=str,
)
def test_what_is_like_it_is_not(body: dict[str, Any]) -> None:
    form = Wish(data=body)
    assert not form.is_valid()
    assert set(form.errors) == set(body)


@pytest.mark.parametrize("body", [[], "x", 7, None])
def test_what_is_no_object_is_refused_as_ever(body: Any) -> None:
    assert not Wish(data=body).is_valid()
