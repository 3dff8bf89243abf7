"""A 64-bit id in JSON: a string, because JavaScript and Dart on the web lose digits above 2^53."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)
MAX_ID = 2**63 - 1


@extend_schema_field({"type": "string", "pattern": "^[0-9]{1,19}$", "example": "723150982374912000"})
class SnowflakeIdField(serializers.Field[int, Any, str, Any]):
    default_error_messages = {
        "id_must_be_string": "An id is a string of digits.",
        "invalid": "This is not an id.",
    }

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str):
            self.fail("id_must_be_string")
        if not DIGITS.fullmatch(data) or int(data) > MAX_ID:
            self.fail("invalid")
        return int(data)

    def to_representation(self, value: int) -> str:
        return str(value)
