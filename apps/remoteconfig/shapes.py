"""The kinds of values that have parts: maps, lists, records, and the two forms the predecessor wrote products in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.languages import DEFAULT_LANGUAGE
from apps.remoteconfig.kinds import Kind, Problem, Text, shown

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{4})?(-[A-Z]{2})?")


@dataclass(frozen=True)
class MapOf:
    """Names of 1 to 200 characters, each with a value of the inner kind."""

    inner: Kind
    least: int = 0
    most: int = 500

    @property
    def described(self) -> str:
        return f"{self.least} to {self.most} names, each with: {self.inner.described}"

    def read(self, key: str, value: Any, problems: list[Problem]) -> Any:
        if not isinstance(value, dict) or not self.least <= len(value) <= self.most:
            problems.append(Problem(key, f"{key} must be an object of {self.least} to {self.most} names"))
            return {}
        problems += [
            Problem(key, f"{key} has a name that is not 1 to 200 characters: {shown(name)}")
            for name in value
            if not 0 < len(name) <= 200
        ]
        return {name: self.inner.read(f"{key}.{name}", part, problems) for name, part in value.items()}


@dataclass(frozen=True)
class ListOf:
    inner: Kind
    most: int

    @property
    def described(self) -> str:
        return f"a list of at most {self.most}, each: {self.inner.described}"

    def read(self, key: str, value: Any, problems: list[Problem]) -> Any:
        if not isinstance(value, list) or len(value) > self.most:
            problems.append(Problem(key, f"{key} must be a list of at most {self.most}, not {shown(value)}"))
            return []
        return [self.inner.read(f"{key}[{index}]", part, problems) for index, part in enumerate(value)]


@dataclass(frozen=True)
class Record:
    """Named fields, of which only the `needed` must be there; fields nobody named are kept as they are, for the app."""

    fields: Mapping[str, Kind]
    needed: frozenset[str]

    @property
    def described(self) -> str:
        parts = [f"`{name}` ({kind.described})" for name, kind in self.fields.items()]
        return "an object with " + ", ".join(parts)

    def read(self, key: str, value: Any, problems: list[Problem]) -> Any:
        if not isinstance(value, dict):
            problems.append(Problem(key, f"{key} must be an object, not {shown(value)}"))
            return {}
        missing = sorted(self.needed - value.keys())
        problems += [Problem(f"{key}.{name}", f"{key}.{name} is missing") for name in missing]
        known = {
            name: kind.read(f"{key}.{name}", value[name], problems)
            for name, kind in self.fields.items()
            if name in value
        }
        return value | known


@dataclass(frozen=True)
class PartOf:
    """A record in which the number `part` is a part of the number `whole`, and less than it."""

    record: Record
    part: str
    whole: str

    @property
    def described(self) -> str:
        return f"{self.record.described}; `{self.part}` is a part of `{self.whole}` and less than it"

    @property
    def fields(self) -> Mapping[str, Kind]:
        return self.record.fields

    def read(self, key: str, value: Any, problems: list[Problem]) -> Any:
        known = self.record.read(key, value, problems)
        part, whole = known.get(self.part), known.get(self.whole)
        if part is not None and whole is not None and part >= whole:
            problems.append(Problem(f"{key}.{self.part}", f"{key}.{self.part} must be less than {self.whole}"))
        return known


@dataclass(frozen=True)
class ShortOr:
    """A record that may be shortened to its first field, as the predecessor's document does: `"weekly"` for
    `{"plan": "weekly"}`, `1000` for `{"points": 1000}`. `defaults` fill in what is left out."""

    record: Record | PartOf
    field: str
    defaults: Mapping[str, Any]

    @property
    def described(self) -> str:
        return f"`{self.field}` alone ({self.record.fields[self.field].described}), or {self.record.described}"

    def read(self, key: str, value: Any, problems: list[Problem]) -> Any:
        if isinstance(value, dict):
            return {**self.defaults, **self.record.read(key, value, problems)}
        return {**self.defaults, self.field: self.record.fields[self.field].read(key, value, problems)}


@dataclass(frozen=True)
class Localized:
    """A text, or one for each language with English among them; always read as the latter."""

    longest: int = 500

    @property
    def described(self) -> str:
        return f'text of 1 to {self.longest} characters, or one for each language: `{{"en": …, "zh-Hans": …}}`'

    def read(self, key: str, value: Any, problems: list[Problem]) -> Any:
        texts = value if isinstance(value, dict) else {DEFAULT_LANGUAGE: value}
        problems += [
            Problem(key, f"{key} names a language that is none: {shown(name)}")
            for name in texts
            if not LANGUAGE.fullmatch(name)
        ]
        if DEFAULT_LANGUAGE not in texts:
            problems.append(Problem(key, f"{key} has no text in English (en)"))
        return {name: Text(self.longest).read(f"{key}.{name}", text, problems) for name, text in texts.items()}
