"""How the API's description shows problems: their form, and of each code an example as the product would tell it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from apps.core.errors import DomainError, ValidationFailed, filled_in
from apps.core.json_media import dumps

Schema = dict[str, Any]

BASE_URL = "https://api.example.com"
FIELD_ERROR: Schema = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {
        "code": {"type": "string"},
        "pointer": {"type": "string", "description": "JSON pointer into the body"},
        "parameter": {"type": "string", "description": "name in the query"},
        "message": {"type": "string"},
    },
}
PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457. `code` is stable and never translated; `title` and `detail` are for people.",
    "required": [
        *("type", "title", "status", "detail", "instance"),
        *("code", "params", "retryable", "request_id"),
    ],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "params": {"type": "object"},
        "errors": {"type": "array", "items": FIELD_ERROR, "description": "with `validation_failed`"},
        "retryable": {"type": "boolean"},
        "request_id": {"type": "string"},
    },
}
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PARAMS: Schema = {
    "active": 2,
    "allowed": ["application/json"],
    "arrived_sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    "balance": 40,
    "declared_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "delete_at": datetime(2026, 12, 7, 9, tzinfo=UTC),
    "expired_at": NOW,
    "export_id": "723150982374912000",
    "height": 300,
    "limit": 10,
    "limit_megabytes": 200,
    "max_bytes": 65_536,
    "max_pixels": 25_000_000,
    "max_px": 7000,
    "min_px": 400,
    "min_version": "1.2.0",
    "missing": 160,
    "purpose": "ai_processing",
    "reason": "not_json",
    "required": 200,
    "resets_at": datetime(2026, 11, 24, tzinfo=UTC),
    "status": "processing",
    "store_url": "https://apps.example.com/1",
    "support_email": "help@example.com",
    "template_id": "mengwa_kaixin",
    "until": None,
    "version": "2026-01",
    "width": 300,
    "window_seconds": 60,
}
# By code, where one name means different things.
PARAMS_OF: Mapping[str, Schema] = {
    "active_task_limit_reached": {"limit": 2},
    "generation_paused": {"reason": "provider_unavailable", "until": datetime(2026, 11, 23, 9, 1, tzinfo=UTC)},
    "image_too_large": {"max_bytes": 10_485_760},
    "image_type_unsupported": {"allowed": ["image/bmp", "image/jpeg", "image/png", "image/webp"]},
    "photo_rejected": {"reason": "photo_no_face"},
}
# What is wrong with a parameter, by its name.
REFUSED_PARAMETERS: Mapping[str, Schema] = {
    "category": {"code": "max_length", "message": "Ensure this field has no more than 32 characters."},
    "limit": {"code": "invalid", "message": "Use 1 to 100."},
    "wait": {"code": "max_value", "message": "Ensure this value is less than or equal to 25."},
}


def answers(errors: Iterable[type[DomainError]], problem: Schema, path: str, refused: Schema | None) -> Schema:
    """By status. `problem` refers to the form of all; `refused` is an example of a field that is not valid."""
    by_status: dict[int, list[type[DomainError]]] = defaultdict(list)
    for error in errors:
        by_status[error.status].append(error)
    return {
        str(status): {
            "description": "; ".join(f"`{error.code}`: {error.title}" for error in of_status),
            "content": {
                "application/problem+json": {
                    "schema": problem,
                    "examples": {error.code: {"value": _example(error, path, refused)} for error in of_status},
                }
            },
        }
        for status, of_status in sorted(by_status.items())
    }


def refused_field(body: Schema, parameters: Iterable[str]) -> Schema | None:
    """Of a body of this form, or else of one of these parameters."""
    for name in body.get("required", ()):
        return {"code": "required", "pointer": f"/{name}", "message": "This field is required."}
    for name in body.get("properties", ()):
        return {"code": "invalid", "pointer": f"/{name}", "message": "Not a valid string."}
    return next(
        ({"parameter": name} | REFUSED_PARAMETERS[name] for name in parameters if name in REFUSED_PARAMETERS), None
    )


def _example(error: type[DomainError], path: str, refused: Schema | None) -> Schema:
    known = PARAMS | PARAMS_OF.get(error.code, {})
    params = {name: known[name] for name in error.param_names}
    return {
        "type": f"{BASE_URL}/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": filled_in(error.detail or error.title, params),
        "instance": path,
        "code": error.code,
        "params": json.loads(dumps(params)),
        **({"errors": [refused]} if error is ValidationFailed else {}),
        "retryable": error.retryable,
        "request_id": "8a6f3c1e5d7b4f209e0c2a4b6d8f1c3e",
    }
