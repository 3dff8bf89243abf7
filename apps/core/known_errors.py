"""The errors that an app can be told, found by their class."""

from collections.abc import Iterator

from apps.core.errors import DomainError


def known_errors() -> list[type[DomainError]]:
    """One class for each code, by code. Complete once the urls are loaded, and with them whatever can refuse."""
    by_code: dict[str, type[DomainError]] = {}
    for kind in _subclasses(DomainError):
        if kind.is_public:
            by_code.setdefault(kind.code, kind)
    return [by_code[code] for code in sorted(by_code)]


def _subclasses(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    """A base comes before what is made from it."""
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)
