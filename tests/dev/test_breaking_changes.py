"""Each kind of break is found, and what apps are told to expect is none."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from dev.breaking_changes import breaking_changes
from dev.released_api import without_words

Schema = dict[str, Any]
ORDER = {
    "type": "object",
    "required": ["id", "status"],
    "properties": {
        "id": {"type": "string"},
        "status": {"type": "string", "enum": ["paid", "refunded"]},
        "note": {"oneOf": [{"$ref": "#/components/schemas/Note"}, {"type": "null"}]},
        "lines": {"type": "array", "items": {"type": "integer"}},
    },
}
WISH = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "maxLength": 32},
        "color": {"type": "string", "enum": ["red", "blue"]},
        "many": {"allOf": [{"$ref": "#/components/schemas/Many"}]},
    },
}


@pytest.fixture
def old() -> Schema:
    answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Wish"}}}}
    create = {
        "operationId": "orders_create",
        "parameters": [{"in": "query", "name": "page", "schema": {"type": "integer", "maximum": 100}}],
        "requestBody": body,
        "security": [{}],
        "responses": {"201": answer, "404": {}},
    }
    schemas = {
        "Order": ORDER,
        "Wish": WISH,
        "Note": {"type": "object", "properties": {"text": {"type": "string"}}},
        "Many": {"type": "integer", "minimum": 1},
    }
    return copy.deepcopy({"paths": {"/orders": {"post": create}}, "components": {"schemas": schemas}})


def operation(schema: Schema) -> Schema:
    found: Schema = schema["paths"]["/orders"]["post"]
    return found


def fields(schema: Schema, name: str) -> Schema:
    found: Schema = schema["components"]["schemas"][name]["properties"]
    return found


def required(schema: Schema, name: str) -> list[str]:
    found: list[str] = schema["components"]["schemas"][name]["required"]
    return found


BREAKS: dict[str, Callable[[Schema], Any]] = {
    "POST /orders: is gone": lambda new: new["paths"].clear(),
    "POST /orders: is called create, not orders_create": lambda new: operation(new).update(operationId="create"),
    "POST /orders: wants a token": lambda new: operation(new).update(security=[{"device": []}]),
    "POST /orders 201: is gone": lambda new: operation(new)["responses"].pop("201"),
    "POST /orders 201: is no application/json any more": lambda new: operation(new)["responses"].update({"201": {}}),
    "POST /orders 201/id: is gone": lambda new: fields(new, "Order").pop("id"),
    "POST /orders 201/id: may be absent": lambda new: required(new, "Order").remove("id"),
    "POST /orders 201/id: is of another type": lambda new: fields(new, "Order").update(id={"type": "integer"}),
    "POST /orders 201/status: is of another type": lambda new: fields(new, "Order")["status"].update(
        type=["string", "null"]
    ),
    "POST /orders 201/note/*/text: is gone": lambda new: fields(new, "Note").pop("text"),
    "POST /orders 201/note: is of another type": lambda new: fields(new, "Order")["note"]["oneOf"].pop(),
    "POST /orders 201/lines/*: is of another type": lambda new: fields(new, "Order")["lines"].update(
        items={"type": "string"}
    ),
    "POST /orders body: is required": lambda new: operation(new)["requestBody"].update(required=True),
    "POST /orders body/color: is required": lambda new: required(new, "Wish").append("color"),
    "POST /orders body/color: is gone": lambda new: fields(new, "Wish").pop("color"),
    "POST /orders body/color: is no longer red": lambda new: fields(new, "Wish")["color"].update(enum=["blue"]),
    "POST /orders body/name: is one of a list now": lambda new: fields(new, "Wish")["name"].update(enum=["a"]),
    "POST /orders body/name: has a narrower maxLength": lambda new: fields(new, "Wish")["name"].update(maxLength=31),
    "POST /orders body/name: has another pattern": lambda new: fields(new, "Wish")["name"].update(pattern="^a"),
    "POST /orders body/many: has a narrower minimum": lambda new: new["components"]["schemas"]["Many"].update(
        minimum=2
    ),
    "POST /orders query page: is gone": lambda new: operation(new).update(parameters=[]),
    "POST /orders query page: is required": lambda new: operation(new)["parameters"][0].update(required=True),
    "POST /orders query page: has a narrower maximum": lambda new: operation(new)["parameters"][0]["schema"].update(
        maximum=50
    ),
}

NO_BREAKS: dict[str, Callable[[Schema], Any]] = {
    "nothing": lambda new: None,
    "a new operation": lambda new: new["paths"].update({"/more": {"get": {}}}),
    "a new field of an answer": lambda new: fields(new, "Order").update(more={"type": "string"}),
    "a new value of an answer": lambda new: fields(new, "Order")["status"]["enum"].append("lost"),
    "a new optional input": lambda new: fields(new, "Wish").update(more={"type": "string"}),
    "a new value of an input": lambda new: fields(new, "Wish")["color"]["enum"].append("green"),
    "a wider input": lambda new: fields(new, "Wish")["name"].update(maxLength=64),
    "an input that is needed no more": lambda new: required(new, "Wish").remove("name"),
    "a field that is always there now": lambda new: required(new, "Order").append("note"),
    "another error": lambda new: operation(new)["responses"].update({"404": {"content": {}}, "409": {}}),
    "a new optional parameter": lambda new: operation(new)["parameters"].append(
        {"in": "query", "name": "size", "schema": {"type": "integer"}}
    ),
    "a token for those who have one": lambda new: operation(new).update(security=[{}, {"device": []}]),
    "no token any more": lambda new: operation(new).update(security=[{}]),
}


@pytest.mark.parametrize("sentence", BREAKS)
def test_a_break_is_told(old: Schema, sentence: str) -> None:
    new = copy.deepcopy(old)
    BREAKS[sentence](new)
    assert sentence in breaking_changes(old, new)


@pytest.mark.parametrize("name", NO_BREAKS)
def test_what_apps_ignore_breaks_none(old: Schema, name: str) -> None:
    new = copy.deepcopy(old)
    NO_BREAKS[name](new)
    assert breaking_changes(old, new) == []


def test_words_may_change_and_fields_named_like_words_stay() -> None:
    described = {"summary": "x", "properties": {"description": {"type": "string", "description": "x"}}}
    assert without_words(described) == {"properties": {"description": {"type": "string"}}}
