"""What an app that was built against an older description of the API would trip over in a newer one.

New operations, optional inputs, new fields of answers and new values of their enums are no breaks: apps ignore what
they do not know. What is looked at are types, fields, required inputs, statuses, tokens and names of operations.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")
# Numbers that bound an input, by the direction in which they may move.
MAY_GROW = ("maximum", "maxLength", "maxItems")
MAY_SHRINK = ("minimum", "minLength", "minItems")
CHOICES = ("oneOf", "anyOf")


def breaking_changes(before: Schema, after: Schema) -> list[str]:
    """A sentence for each, from two whole descriptions."""
    return list(Comparison(before, after).of_all_operations())


@dataclass(frozen=True)
class Comparison:
    before: Schema
    after: Schema

    def of_all_operations(self) -> Iterator[str]:
        for path, methods in self.before["paths"].items():
            for method in METHODS:
                if method in methods:
                    new = self.after["paths"].get(path, {}).get(method)
                    place = f"{method.upper()} {path}"
                    yield from self._of_operation(methods[method], new, place) if new else (f"{place}: is gone",)

    def _of_operation(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        if old["operationId"] != new["operationId"]:
            yield f"{place}: is called {new['operationId']}, not {old['operationId']}"
        if _is_open(old) and not _is_open(new):
            yield f"{place}: wants a token"
        yield from self._of_parameters(old, new, place)
        yield from self._of_body(old.get("requestBody", {}), new.get("requestBody", {}), place)
        yield from self._of_answers(old["responses"], new["responses"], place)

    def _of_parameters(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        known, now = ({(p["in"], p["name"]): p for p in side.get("parameters", ())} for side in (old, new))
        for (where, name), parameter in now.items():
            there = f"{place} {where} {name}"
            if (where, name) in known:
                yield from self._of_schema(known[where, name]["schema"], parameter["schema"], there, is_input=True)
            if parameter.get("required") and not known.get((where, name), {}).get("required"):
                yield f"{there}: is required"
        yield from (f"{place} {where} {name}: is gone" for where, name in known.keys() - now.keys())

    def _of_body(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        if new.get("required") and not old.get("required"):
            yield f"{place} body: is required"
        yield from self._of_content(old.get("content", {}), new.get("content", {}), f"{place} body", is_input=True)

    def _of_answers(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        """Errors have one shape, and their codes are a list that may change."""
        for status, answer in old.items():
            there = f"{place} {status}"
            if status >= "400":
                continue
            if status in new:
                told, tells = answer.get("content", {}), new[status].get("content", {})
                yield from self._of_content(told, tells, there, is_input=False)
            else:
                yield f"{there}: is gone"

    def _of_content(self, old: Schema, new: Schema, place: str, *, is_input: bool) -> Iterator[str]:
        for kind, content in old.items():
            if kind in new:
                yield from self._of_schema(content["schema"], new[kind]["schema"], place, is_input=is_input)
            else:
                yield f"{place}: is no {kind} any more"

    def _of_schema(self, old: Schema, new: Schema, place: str, *, is_input: bool) -> Iterator[str]:
        old, new = _resolved(old, self.before), _resolved(new, self.after)
        if _form(old) != _form(new):
            yield f"{place}: is of another type"
            return
        yield from _bounds(old, new, place) if is_input else ()
        yield from self._of_fields(old, new, place, is_input=is_input)
        for before, after in _inner(old, new):
            yield from self._of_schema(before, after, f"{place}/*", is_input=is_input)

    def _of_fields(self, old: Schema, new: Schema, place: str, *, is_input: bool) -> Iterator[str]:
        known, now = old.get("properties", {}), new.get("properties", {})
        for name in known:
            there = f"{place}/{name}"
            if name in now:
                yield from self._of_schema(known[name], now[name], there, is_input=is_input)
            else:
                yield f"{there}: is gone"
        needed, promised = set(new.get("required", ())), set(old.get("required", ()))
        if is_input:
            yield from (f"{place}/{name}: is required" for name in sorted(needed - promised))
        else:
            yield from (f"{place}/{name}: may be absent" for name in sorted(promised & now.keys() - needed))


def _bounds(old: Schema, new: Schema, place: str) -> Iterator[str]:
    """What was a good input must be one still."""
    known, now = old.get("enum"), new.get("enum")
    if known is None and now is not None:
        yield f"{place}: is one of a list now"
    if known and now and (gone := set(known) - set(now)):
        yield f"{place}: is no longer {', '.join(sorted(map(str, gone)))}"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{place}: has another pattern"
    for name in (*MAY_GROW, *MAY_SHRINK):
        if name in new and (name not in old or (new[name] < old[name] if name in MAY_GROW else new[name] > old[name])):
            yield f"{place}: has a narrower {name}"


def _is_open(operation: Schema) -> bool:
    return {} in operation.get("security", [{}])


def _form(schema: Schema) -> Any:
    """Of which a change is one whatever it is."""
    kind = schema.get("type", ())
    kinds = frozenset([kind] if isinstance(kind, str) else kind)
    return kinds, schema.get("format"), schema.get("const"), *(len(schema.get(choice, ())) for choice in CHOICES)


def _inner(old: Schema, new: Schema) -> Iterator[tuple[Schema, Schema]]:
    """Of two schemas of one form."""
    for choice in CHOICES:
        yield from zip(old.get(choice, ()), new.get(choice, ()), strict=True)
    for name in ("items", "additionalProperties"):
        if isinstance(old.get(name), dict) and isinstance(new.get(name), dict):
            yield old[name], new[name]


def _resolved(schema: Schema, whole: Schema) -> Schema:
    """The schema itself, in place of a reference to it or of a list that has it alone."""
    while "$ref" in schema or "allOf" in schema:
        if "$ref" in schema:
            schema = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        else:
            merged: Schema = {name: value for name, value in schema.items() if name != "allOf"}
            for part in schema["allOf"]:
                merged |= _resolved(part, whole)
            schema = merged
    return schema
