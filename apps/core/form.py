"""What a request sent, checked by a serializer that is made once.

DRF makes one for each request, and copies each of its fields; for small bodies that takes longer than to check them.
"""

from functools import cached_property
from typing import Any

from rest_framework.serializers import Serializer


class Form:
    """For a serializer whose checks look at nothing but the values they are given."""

    def __init__(self, kind: type[Serializer[Any]]) -> None:
        self._kind = kind

    def read(self, sent: Any) -> dict[str, Any]:
        """The values. Raises ValidationError, as `is_valid(raise_exception=True)` does."""
        if sent == {}:
            return dict(self._of_nothing)
        values: dict[str, Any] = self._made.run_validation(sent)
        return values

    @cached_property
    def _of_nothing(self) -> dict[str, Any]:
        """Mostly nothing is asked for."""
        values: dict[str, Any] = self._made.run_validation({})
        return values

    @cached_property
    def _made(self) -> Serializer[Any]:
        return self._kind()
