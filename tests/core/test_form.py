"""A form that is made once reads and refuses as one that is made for the request."""

from typing import Any

import pytest
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from apps.core.form import Form


class Wanted(serializers.Serializer[None]):
    name = serializers.CharField(max_length=5)
    number = serializers.IntegerField(required=False, default=7, max_value=9)

    def validate_name(self, name: str) -> str:
        if name == "no":
            raise serializers.ValidationError("Not this one.")
        return name.upper()


FORM = Form(Wanted)


@pytest.mark.parametrize("sent", [{"name": "a"}, {"name": "b", "number": "3", "x": 1}, QueryDict("name=c&number=4")])
def test_it_reads_the_same(sent: Any) -> None:
    anew = Wanted(data=sent)
    assert anew.is_valid()
    assert FORM.read(sent) == anew.validated_data


@pytest.mark.parametrize("sent", [{}, {"name": "too long"}, {"name": "no", "number": 10}, [], "text", None, 5])
def test_it_refuses_the_same(sent: Any) -> None:
    with pytest.raises(ValidationError) as anew:
        Wanted(data=sent).is_valid(raise_exception=True)
    with pytest.raises(ValidationError) as once:
        FORM.read(sent)
    assert codes(once.value) == codes(anew.value)


def codes(error: ValidationError) -> Any:
    """DRF files what is wrong with a whole body under a name of its own, or under none."""
    found = error.get_codes()
    return found.get("non_field_errors", found) if isinstance(found, dict) else found


def test_a_use_leaves_nothing_to_the_next_one() -> None:
    assert FORM.read({"name": "a", "number": 1}) == {"name": "A", "number": 1}
    with pytest.raises(ValidationError):
        FORM.read({"number": 1})
    assert FORM.read({"name": "b"}) == {"name": "B", "number": 7}


def test_who_asks_for_nothing_gets_what_is_usual_each_time_anew() -> None:
    class Optional(serializers.Serializer[None]):
        number = serializers.IntegerField(required=False, default=7)

    form = Form(Optional)
    form.read({})["number"] = 8
    assert form.read({}) == {"number": 7}
