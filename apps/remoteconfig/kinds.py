"""The kinds of simple values: what fits each, and how a person is told what does not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

MOST_POINTS = 2_000_000_000
LABEL = re.compile(r"[A-Za-z0-9._-]{1,32}")
VERSION = re.compile(r"\d{1,5}(\.\d{1,5}){1,3}", re.ASCII)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Unfit(ValueError):
    """Why a value does not fit, as the end of a sentence that begins with its key."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A key of the document, and a sentence about it that names the key."""

    key: str
    sentence: str

    def __str__(self) -> str:
        return self.sentence


class Kind(Protocol):
    @property
    def described(self) -> str: ...

    def read(self, key: str, value: Any, problems: list[Problem]) -> Any:
        """The value as the program uses it. What does not fit is added to `problems`, and the answer means nothing."""


class Simple:
    """A kind whose values have no parts."""

    def read(self, key: str, value: Any, problems: list[Problem]) -> Any:
        try:
            return self.taken(value)
        except Unfit as unfit:
            problems.append(Problem(key, f"{key} {unfit}, not {shown(value)}"))
            return None

    def taken(self, value: Any) -> Any:
        raise NotImplementedError


@dataclass(frozen=True)
class Whole(Simple):
    """A whole number; `unit` is what it counts. A document may write true or 1.0: neither is a number here."""

    least: int
    most: int
    unit: str

    @property
    def described(self) -> str:
        return f"{self.unit}, {self.least} to {self.most}"

    def taken(self, value: Any) -> int:
        if type(value) is not int or not self.least <= value <= self.most:
            raise Unfit(f"must be a whole number of {self.unit} from {self.least} to {self.most}")
        return value


@dataclass(frozen=True)
class Flag(Simple):
    described = "true or false"

    def taken(self, value: Any) -> bool:
        if type(value) is not bool:
            raise Unfit("must be true or false")
        return value


@dataclass(frozen=True)
class Choice(Simple):
    options: Sequence[str]

    @property
    def described(self) -> str:
        return " or ".join(f'"{option}"' for option in self.options)

    def taken(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.options:
            raise Unfit(f"must be {self.described}")
        return value


@dataclass(frozen=True)
class Text(Simple):
    longest: int = 200

    @property
    def described(self) -> str:
        return f"text of 1 to {self.longest} characters"

    def taken(self, value: Any) -> str:
        if not isinstance(value, str) or not 0 < len(value.strip()) <= self.longest:
            raise Unfit(f"must be {self.described}")
        return value


@dataclass(frozen=True)
class Link(Simple):
    described = "an https:// address of at most 500 characters"

    def taken(self, value: Any) -> str:
        if not isinstance(value, str) or not value.startswith("https://") or not 9 <= len(value) <= 500:
            raise Unfit(f"must be {self.described}")
        return value


@dataclass(frozen=True)
class Email(Simple):
    described = "an e-mail address"

    def taken(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > 254 or not EMAIL.fullmatch(value):
            raise Unfit(f"must be {self.described}")
        return value


@dataclass(frozen=True)
class Version(Simple):
    described = 'a version like "1.4.0"'

    def taken(self, value: Any) -> str:
        if not isinstance(value, str) or not VERSION.fullmatch(value):
            raise Unfit(f"must be {self.described}")
        return value


@dataclass(frozen=True)
class Label(Simple):
    """What apps send back as it is, so that it is as they may send it."""

    described = "1 to 32 letters, digits and . _ -"

    def taken(self, value: Any) -> str:
        if not isinstance(value, str) or not LABEL.fullmatch(value):
            raise Unfit(f"must be {self.described}")
        return value


@dataclass(frozen=True)
class Moment(Simple):
    described = 'a moment with its zone, like "2026-01-31T18:00:00Z"'

    def taken(self, value: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else None
            # The first and the last hours of the calendar may be of a year that UTC has not.
            here = moment.astimezone(UTC) if moment and moment.tzinfo else None
        except (ValueError, OverflowError):
            here = None
        if here is None:
            raise Unfit(f"must be {self.described}")
        return here


@dataclass(frozen=True)
class Anything(Simple):
    """What only the app understands."""

    described = "any JSON"

    def taken(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class OrNull:
    """The inner kind, or null, which `meaning` explains."""

    inner: Kind
    meaning: str

    @property
    def described(self) -> str:
        return f"{self.inner.described}; null: {self.meaning}"

    def read(self, key: str, value: Any, problems: list[Problem]) -> Any:
        return None if value is None else self.inner.read(key, value, problems)


def shown(value: Any) -> str:
    """Short enough for a log line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
