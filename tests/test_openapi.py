"""The description of the API is whole, true to the code, and checked in."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from openapi_spec_validator import validate
from rest_framework.test import APIClient

from apps.core.known_errors import known_errors
from apps.core.languages import LANGUAGES
from apps.emoji.serializers import MAKERS
from apps.remoteconfig.schema import PLATFORMS
from dev.breaking_changes import breaking_changes
from dev.project import ROOT
from dev.released_api import RELEASED
from pickitchen.openapi import EXAMPLES
from pickitchen.openapi_problems import NOW, PARAMS, PARAMS_OF
from pickitchen.operation_errors import NEVER, OPERATION_ERRORS
from tests.described import METHODS, undescribed, valid


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Made without a single warning."""
    file = tmp_path_factory.mktemp("schema") / "openapi.json"
    call_command("spectacular", format="openapi-json", file=str(file), validate=True, fail_on_warn=True)
    return file.read_text()


@pytest.fixture
def schema(described: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(described)
    return made


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods:
                yield method, path, methods[method]


def test_the_checked_in_description_is_what_the_code_says(described: str) -> None:
    checked_in = Path(ROOT / "docs" / "openapi.json").read_text()
    assert json.loads(checked_in) == json.loads(described), "the API has changed: make openapi, and look at the diff"


def test_apps_that_are_out_there_go_on_working(described: str) -> None:
    """H13: against what the last release promised."""
    assert breaking_changes(json.loads(RELEASED.read_text()), json.loads(described)) == []


def test_the_server_tells_the_same(anonymous: APIClient, schema: dict[str, Any]) -> None:
    assert json.loads(anonymous.get("/api/v1/openapi.json").content) == schema


def test_it_is_openapi_3_1(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    validate(schema)


def test_each_operation_has_a_name_of_its_own_in_words(schema: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(schema)]
    assert len(set(names)) == len(names) >= 25
    assert all(operation["summary"] for _, _, operation in operations(schema))


def test_each_operation_tells_its_errors_with_an_example_and_its_limits(schema: dict[str, Any]) -> None:
    known = {error.code: error for error in known_errors()}
    for method, path, operation in operations(schema):
        told = {
            code
            for status, answer in operation["responses"].items()
            for code, example in answer.get("content", {})
            .get("application/problem+json", {})
            .get("examples", {})
            .items()
            if known[code].status == int(status) == example["value"]["status"]
        }
        assert told == set(operation["x-error-codes"]), f"{method} {path}"
        assert "internal_error" in told
        assert operation["x-rate-limit"]["limits"], f"{method} {path} takes from no bucket"


def test_each_body_is_shown_by_an_example_that_fits(schema: dict[str, Any]) -> None:
    for method, path, operation in operations(schema):
        bodies = {"request": operation.get("requestBody", {})} | operation["responses"]
        for status, body in bodies.items():
            if content := body.get("content", {}).get("application/json"):
                for example in content["examples"].values():
                    valid(example["value"], content["schema"], schema)
                    assert not list(undescribed(example["value"], content["schema"], schema)), (
                        f"{method} {path} {status}"
                    )


def test_the_examples_are_what_the_product_would_tell() -> None:
    """Where the description leaves it open."""
    rewarded = {datetime.fromisoformat(at).strftime("%a %H:%M %Z") for at in told("next_at", EXAMPLES)}
    assert rewarded == {"Sun 00:00 UTC"}
    assert {reference["kind"] for reference in told("reference", EXAMPLES)} == {"emoji_task"}
    assert {label["provider"] for label in told("ai_label", EXAMPLES)} == set(MAKERS.values())
    leaves = EXAMPLES["user_delete"]["202"]["delete_at"]
    assert datetime.fromisoformat(leaves) - NOW == timedelta(days=settings.ACCOUNT_DELETION_DAYS)


def told(name: str, value: Any) -> Iterator[Any]:
    """What has this name, anywhere in a value."""
    if isinstance(value, dict):
        yield from (inner for known, inner in value.items() if known == name)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from told(name, inner)


def test_the_example_of_a_refused_field_names_one_of_the_operation(schema: dict[str, Any]) -> None:
    for method, path, operation in operations(schema):
        if "validation_failed" in operation["x-error-codes"]:
            problems = operation["responses"]["422"]["content"]["application/problem+json"]["examples"]
            [field] = problems["validation_failed"]["value"]["errors"]
            assert field.get("parameter", field.get("pointer")) in places(operation, schema), f"{method} {path}"


def places(operation: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    """Which an error may name."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    fields = schema["components"]["schemas"].get(name, {}).get("properties", {})
    parameters = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"}
    return parameters | {f"/{field}" for field in fields}


def test_what_is_written_about_errors_is_about_something(schema: dict[str, Any]) -> None:
    names = {operation["operationId"] for _, _, operation in operations(schema)}
    codes = {error.code for error in known_errors()}
    assert {*OPERATION_ERRORS, *NEVER} <= names
    assert set(PARAMS_OF) <= codes
    assert {code for errors in OPERATION_ERRORS.values() for code in errors} <= codes
    assert {name for error in known_errors() for name in error.param_names} <= set(PARAMS)


def test_what_may_be_kept_has_a_validator_and_takes_it_back(schema: dict[str, Any]) -> None:
    for method, path, operation in operations(schema):
        if "304" in operation["responses"]:
            for status in ("200", "304"):
                assert "ETag" in operation["responses"][status]["headers"], f"{method} {path} {status}"
            assert "If-None-Match" in {parameter["name"] for parameter in operation["parameters"]}, f"{method} {path}"


def test_what_goes_with_every_request_and_answer_is_said_once(schema: dict[str, Any]) -> None:
    said = schema["info"]["description"]
    languages = [f"`{language}`" for language in LANGUAGES]
    platforms = [f"`{platform}`" for platform in PLATFORMS]
    headers = ["X-App-Platform", "X-App-Version", "X-Request-ID", "Accept-Language", "RateLimit-Remaining"]
    assert [word for word in (*languages, *platforms, *headers) if word not in said] == []


def test_a_protected_operation_says_so(schema: dict[str, Any]) -> None:
    for method, path, operation in operations(schema):
        protected = {} not in operation.get("security", [{}])
        assert protected == ("token_invalid" in operation["x-error-codes"]), f"{method} {path}"


def test_who_has_only_the_bearer_token_can_log_out(app: APIClient, schema: dict[str, Any]) -> None:
    ways = schema["paths"]["/api/v1/auth/logout"]["post"]["security"]
    assert ways == [{}, {"device": []}]
    assert schema["components"]["securitySchemes"]["device"]["scheme"] == "bearer"
    assert app.post("/api/v1/auth/logout").status_code == 204
    assert app.get("/api/v1/user/profile").json()["code"] == "session_revoked"
