"""What is read from a JSON body: a text is a text there, a number a number, a flag a flag."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.fields import Field

# Where DRF would take one for another: 7 for "7", "yes" for true.
KINDS: tuple[tuple[type[Field[Any, Any, Any, Any]], type], ...] = (
    (serializers.CharField, str),
    (serializers.BooleanField, bool),
    (serializers.IntegerField, int),
)


class BodySerializer(serializers.Serializer[None]):
    def to_internal_value(self, data: Any) -> Any:
        """Raises ValidationError."""
        if isinstance(data, Mapping):
            errors = {name: error for name, field in self.fields.items() if (error := _misfit(field, data.get(name)))}
            if errors:
                raise serializers.ValidationError(errors)
        return super().to_internal_value(data)


def _misfit(field: Field[Any, Any, Any, Any], sent: Any) -> list[serializers.ErrorDetail]:
    kind = next((kind for of, kind in KINDS if isinstance(field, of)), None)
    if kind is None or sent is None or type(sent) is kind:
        return []
    return [serializers.ErrorDetail(str(field.error_messages["invalid"]), "invalid")]
