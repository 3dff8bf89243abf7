"""What the API's description says beyond the views: how to authorize, how often one may ask, what can go wrong."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from apps.core.errors import DomainError, filled_in
from apps.core.known_errors import known_errors
from apps.core.throttling import DEFAULTS, bucket_of
from apps.remoteconfig import gate
from pickitchen.operation_errors import (
    EVERYWHERE,
    NEVER,
    OPERATION_ERRORS,
    WITH_A_BODY,
    WITH_A_CURSOR,
    WITH_A_PATH_PARAMETER,
    WITH_A_QUERY,
    WITH_A_TOKEN,
)

BASE_URL = "https://api.example.com"
# By operationId, what is sent and, by status, what is answered; tests/test_openapi.py holds them to the description.
EXAMPLES: dict[str, Any] = json.loads((Path(__file__).parent / "openapi_examples.json").read_text(encoding="utf-8"))
DELETES_WITH_A_BODY = ("user_delete",)
FIELD_ERROR = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {
        "code": {"type": "string"},
        "pointer": {"type": "string", "description": "JSON pointer into the body"},
        "parameter": {"type": "string", "description": "name in the query"},
        "message": {"type": "string"},
    },
}
PROBLEM = {
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
EXAMPLE_PARAMS: dict[str, Any] = {
    "active": 2,
    "allowed": ["image/jpeg"],
    "arrived_sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    "balance": 4,
    "declared_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "delete_at": "2026-12-07T09:00:00.000Z",
    "expired_at": "2026-11-23T09:00:00.000Z",
    "export_id": "723150982374912000",
    "height": 300,
    "limit": 10,
    "max_bytes": 65_536,
    "max_pixels": 25_000_000,
    "max_px": 7000,
    "min_px": 400,
    "min_version": "1.2.0",
    "missing": 6,
    "purpose": "ai_processing",
    "reason": "not_json",
    "required": 10,
    "resets_at": "2026-11-24T00:00:00.000Z",
    "status": "processing",
    "store_url": "https://apps.example.com/1",
    "support_email": "help@example.com",
    "template_id": "mengwa_kaixin",
    "until": None,
    "version": "2026-01",
    "width": 300,
    "window_seconds": 60,
}


class ProblemAutoSchema(AutoSchema):
    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        errors = self._errors(operation)
        bucket = bucket_of(self.view, self.method)
        operation["responses"] |= _responses(errors, self._problem_reference(), self.path)
        _show_examples(operation)
        operation["x-error-codes"] = sorted(error.code for error in errors)
        operation["x-rate-limit"] = {"bucket": bucket, "limits": _limits(bucket)}
        return {**operation}

    def _get_request_body(self, direction: str = "request") -> Any:
        """Since OpenAPI 3.1 a DELETE may have one; the library asks others for it only."""
        method, wanted = self.method, self.get_operation_id() in DELETES_WITH_A_BODY
        self.method = "POST" if wanted else method
        try:
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]  # the library's own
        finally:
            self.method = method

    def _is_list_view(self, serializer: Any = None) -> bool:
        """A plain view set's `list` answers with the one object that it names, not with an array of them."""
        return hasattr(self.view, "get_serializer_class") and super()._is_list_view(serializer)

    def _errors(self, operation: dict[str, Any]) -> list[type[DomainError]]:
        codes = {*EVERYWHERE, *OPERATION_ERRORS.get(operation["operationId"], ()), *self._gates_codes()}
        names = {parameter["name"] for parameter in operation.get("parameters", ())}
        places = {parameter["in"] for parameter in operation.get("parameters", ())}
        rules = {
            WITH_A_BODY: "requestBody" in operation,
            WITH_A_QUERY: "query" in places,
            WITH_A_CURSOR: "cursor" in names,
            WITH_A_PATH_PARAMETER: "path" in places,
            WITH_A_TOKEN: bool(self.view.authentication_classes),
        }
        codes.update(code for group, applies in rules.items() if applies for code in group)
        codes.difference_update(NEVER.get(operation["operationId"], ()))
        return [error for error in known_errors() if error.code in codes]

    def _gates_codes(self) -> set[str]:
        if gate.ALWAYS_OPEN.fullmatch(self.path):
            return set()
        return {"app_upgrade_required"} | (set() if self.method in gate.READS else {"maintenance"})

    def _problem_reference(self) -> dict[str, Any]:
        problem = ResolvedComponent("Problem", ResolvedComponent.SCHEMA, PROBLEM, "Problem")  # type: ignore[no-untyped-call]  # the library's own
        self.registry.register_on_missing(problem)
        reference: dict[str, Any] = problem.ref
        return reference


class DeviceTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it registers itself
    """Puts the Authorize button on the API's page."""

    target_class = "apps.accounts.authentication.DeviceTokenAuthentication"
    name = "device"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class LeavingTokenScheme(DeviceTokenScheme):  # type: ignore[no-untyped-call]  # it registers itself
    """The same token, also of a suspended user."""

    target_class = "apps.accounts.authentication.DeletingAuthentication"
    name = "device_of_who_may_leave"


class ReturningTokenScheme(DeviceTokenScheme):  # type: ignore[no-untyped-call]  # it registers itself
    """The same token, also of a user who is about to be deleted."""

    target_class = "apps.accounts.authentication.UndoingAuthentication"
    name = "device_of_who_may_return"


def _responses(errors: list[type[DomainError]], problem: dict[str, Any], path: str) -> dict[str, Any]:
    by_status: dict[int, list[type[DomainError]]] = defaultdict(list)
    for error in errors:
        by_status[error.status].append(error)
    return {
        str(status): {
            "description": "; ".join(f"`{error.code}`: {error.title}" for error in of_status),
            "content": {
                "application/problem+json": {
                    "schema": problem,
                    "examples": {error.code: {"value": _example(error, path)} for error in of_status},
                }
            },
        }
        for status, of_status in sorted(by_status.items())
    }


def _example(error: type[DomainError], path: str) -> dict[str, Any]:
    params = {name: EXAMPLE_PARAMS[name] for name in error.param_names}
    return {
        "type": f"{BASE_URL}/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": filled_in(error.detail or error.title, params),
        "instance": path,
        "code": error.code,
        "params": params,
        "retryable": error.retryable,
        "request_id": "8a6f3c1e5d7b4f209e0c2a4b6d8f1c3e",
    }


def _show_examples(operation: dict[str, Any]) -> None:
    shown = EXAMPLES.get(operation["operationId"], {})
    places = {"request": operation.get("requestBody", {})} | operation["responses"]
    for name, value in shown.items():
        places[name]["content"]["application/json"]["examples"] = {"usual": {"value": value}}


def _limits(bucket: str) -> dict[str, str]:
    """As they ship; an operator may have changed them."""
    return {name.partition(".")[2]: text for name, text in DEFAULTS.items() if name.partition(".")[0] == bucket}
