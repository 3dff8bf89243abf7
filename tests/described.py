"""The API as docs/openapi.json describes it: what fits the description, and what goes beyond it."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from openapi_schema_validator import OAS31Validator

from dev.project import ROOT

METHODS = ("get", "post", "put", "patch", "delete")

Schema = dict[str, Any]


@cache
def description() -> Schema:
    described: Schema = json.loads((ROOT / "docs" / "openapi.json").read_text())
    return described


def operations(whole: Schema | None = None) -> Iterator[Schema]:
    for methods in (whole or description())["paths"].values():
        yield from (methods[method] for method in METHODS if method in methods)


def valid(value: Any, schema: Schema, whole: Schema | None = None) -> None:
    """Raises ValidationError."""
    rooted = schema | {"components": (whole or description())["components"]}
    OAS31Validator(rooted, format_checker=OAS31Validator.FORMAT_CHECKER).validate(value)


def undescribed(value: Any, schema: Schema, whole: Schema | None = None, place: str = "") -> Iterator[str]:
    """T-07: what an answer tells beyond its description."""
    schemas = (whole or description())["components"]["schemas"]
    schema = _resolved(schema, schemas)
    if kinds := [kind for word in ("oneOf", "anyOf", "allOf") for kind in schema.get(word, ())]:
        properties = {name: of for kind in kinds for name, of in _resolved(kind, schemas).get("properties", {}).items()}
        schema = schema | {"properties": properties}
    if isinstance(value, list):
        for inner in value:
            yield from undescribed(inner, schema.get("items", {}), whole, place)
    elif isinstance(value, dict) and "additionalProperties" not in schema:
        known = schema.get("properties", {})
        for name, inner in value.items():
            if name in known:
                yield from undescribed(inner, known[name], whole, f"{place}/{name}")
            else:
                yield f"{place}/{name}"


def _resolved(schema: Schema, schemas: Schema) -> Schema:
    found: Schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found
