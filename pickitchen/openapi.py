"""What the API's description says beyond the views: how to authorize, how often one may ask, what can go wrong."""

import json
from pathlib import Path
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from apps.core.errors import DomainError
from apps.core.known_errors import known_errors
from apps.core.throttling import DEFAULTS, bucket_of
from apps.remoteconfig import gate
from pickitchen import openapi_headers, openapi_problems
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

# By operationId, what is sent and, by status, what is answered; tests/test_openapi.py holds them to the description.
EXAMPLES: dict[str, Any] = json.loads((Path(__file__).parent / "openapi_examples.json").read_text(encoding="utf-8"))
DELETES_WITH_A_BODY = ("user_delete",)


class ProblemAutoSchema(AutoSchema):
    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        errors = self._errors(operation)
        bucket = bucket_of(self.view, self.method)
        operation["responses"] |= openapi_problems.answers(
            errors, self._problem_reference(), self.path, self._refused_field(operation)
        )
        _show_examples(operation)
        self._show_headers(operation)
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

    def _refused_field(self, operation: dict[str, Any]) -> dict[str, Any] | None:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        body = self.registry[name, ResolvedComponent.SCHEMA].schema if name else {}
        return openapi_problems.refused_field(body, [told["name"] for told in operation.get("parameters", ())])

    def _show_headers(self, operation: dict[str, Any]) -> None:
        for status, answer in operation["responses"].items():
            if names := openapi_headers.names_of(operation, status):
                answer["headers"] = {name: self._header_reference(name) for name in names}

    def _header_reference(self, name: str) -> dict[str, Any]:
        header = ResolvedComponent(name, ResolvedComponent.HEADER, openapi_headers.HEADERS[name], name)  # type: ignore[no-untyped-call]  # the library's own
        self.registry.register_on_missing(header)
        reference: dict[str, Any] = header.ref
        return reference

    def _problem_reference(self) -> dict[str, Any]:
        form = openapi_problems.PROBLEM
        problem = ResolvedComponent("Problem", ResolvedComponent.SCHEMA, form, "Problem")  # type: ignore[no-untyped-call]  # the library's own
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


def _show_examples(operation: dict[str, Any]) -> None:
    shown = EXAMPLES.get(operation["operationId"], {})
    places = {"request": operation.get("requestBody", {})} | operation["responses"]
    for name, value in shown.items():
        places[name]["content"]["application/json"]["examples"] = {"usual": {"value": value}}


def _limits(bucket: str) -> dict[str, str]:
    """As they ship; an operator may have changed them."""
    return {name.partition(".")[2]: text for name, text in DEFAULTS.items() if name.partition(".")[0] == bucket}
