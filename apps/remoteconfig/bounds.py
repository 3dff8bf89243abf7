"""Numbers of the configuration, refused where they would hurt."""

from typing import Any


class InvalidConfig(ValueError):
    """A value that would hurt: of a wrong type, or a price that is not above zero."""


def whole_number(name: str, value: Any, least: int, most: int) -> int:
    """Raises InvalidConfig, naming the value."""
    if type(value) is not int or not least <= value <= most:
        raise InvalidConfig(f"{name} is no whole number from {least} to {most}: {value!r}")
    return value
