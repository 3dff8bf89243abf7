"""A configuration document, read by the schema: nested JSON in, one value for each key out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.core.json_media import dumps, has_nul, loads
from apps.remoteconfig.kinds import Problem, shown
from apps.remoteconfig.schema import BY_PATH

CONFIRM = "confirm"
SECTIONS = frozenset(path[:end] for path in BY_PATH for end, letter in enumerate(path) if letter == ".")
LARGEST_BYTES = 256 * 1024

Values = Mapping[str, Any]
"""JSON values by the path of their key."""


class InvalidConfig(ValueError):
    """A document that would hurt. `problems` has a sentence for every bad key."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.sentence for problem in problems))


@dataclass(frozen=True)
class Document:
    """`values` of the keys it names, as they stand there; `ignored` are paths that mean nothing to us; `confirmed`
    are guarded changes that its author allows, by the path of the value."""

    values: Values
    ignored: tuple[str, ...] = ()
    confirmed: Values = field(default_factory=dict)


def parse(content: bytes) -> Document:
    """Raises InvalidConfig, with every bad key of the document."""
    if len(content) > LARGEST_BYTES:
        raise InvalidConfig([Problem("", f"the document is larger than {LARGEST_BYTES} bytes")])
    try:
        found = loads(content)
        # What is nested too deeply can be read but not written: /config could not be served.
        written = dumps(found)
    except (ValueError, TypeError) as error:
        raise InvalidConfig([Problem("", f"the document is no JSON: {error}")]) from error
    if has_nul(written):
        raise InvalidConfig([Problem("", "the document has the character \\u0000, which PostgreSQL cannot keep")])
    return read(found)


def read(document: Any) -> Document:
    """Raises InvalidConfig, with every bad key."""
    if not isinstance(document, Mapping):
        raise InvalidConfig([Problem("", f"the document must be an object, not {shown(document)}")])
    found, problems = dict(_flat(document)), list(_sections_that_are_none(document))
    values = {path: value for path, value in found.items() if path in BY_PATH}
    confirmed = document.get(CONFIRM, {})
    if not isinstance(confirmed, Mapping):
        problems.append(Problem(CONFIRM, f"{CONFIRM} must be an object of paths and values, not {shown(confirmed)}"))
    _clean(values, problems)
    if problems:
        raise InvalidConfig(problems)
    return Document(values, tuple(sorted(found.keys() - values.keys())), confirmed)


def cleaned(values: Values) -> dict[str, Any]:
    """As the program uses them: moments are moments, short forms are written out. Raises InvalidConfig."""
    problems: list[Problem] = []
    clean = _clean(values, problems)
    if problems:
        raise InvalidConfig(problems)
    return clean


def _clean(values: Values, problems: list[Problem]) -> dict[str, Any]:
    return {path: BY_PATH[path].kind.read(path, value, problems) for path, value in values.items()}


def _flat(document: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        path = f"{before}{name}"
        if path in SECTIONS and isinstance(value, Mapping):
            yield from _flat(value, f"{path}.")
        elif path not in SECTIONS and path != CONFIRM:
            yield path, value


def _sections_that_are_none(document: Mapping[str, Any], before: str = "") -> Iterator[Problem]:
    for name, value in document.items():
        path = f"{before}{name}"
        if path in SECTIONS and isinstance(value, Mapping):
            yield from _sections_that_are_none(value, f"{path}.")
        elif path in SECTIONS:
            yield Problem(path, f"{path} must be an object, not {shown(value)}")
