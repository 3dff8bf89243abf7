"""What the API's description says beyond the views: how to authorize, and that every operation may answer a problem."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

PROBLEM = {
    "description": "A problem, RFC 9457; `code` is stable.",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "code", "detail", "params", "retryable", "request_id"],
                "properties": {
                    "type": {"type": "string", "format": "uri"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "instance": {"type": "string"},
                    "code": {"type": "string", "example": "insufficient_points"},
                    "params": {"type": "object"},
                    "errors": {"type": "array", "items": {"type": "object"}},
                    "retryable": {"type": "boolean"},
                    "request_id": {"type": "string"},
                },
            }
        }
    },
}


class ProblemAutoSchema(AutoSchema):
    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        return {**super()._get_response_bodies(direction), "default": PROBLEM}


class DeviceTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it registers itself
    """Puts the Authorize button on the API's page."""

    target_class = "apps.accounts.authentication.DeviceTokenAuthentication"
    match_subclasses = True
    name = "device"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
