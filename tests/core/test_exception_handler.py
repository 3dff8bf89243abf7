"""Whatever goes wrong below /api/ is told in one shape."""

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.auth_views import AuthViewSet
from apps.accounts.user_views import UserViewSet

LOGIN, UPLOADS, BALANCE = "/api/v1/auth/login", "/api/v1/emoji/uploads", "/api/v1/points/balance"
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "params", "retryable", "request_id"}


def is_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer.content)
    assert (answer.status_code, body["code"], body["status"]) == (status, code, status)
    assert answer["Content-Type"] == "application/problem+json"
    assert set(body) - {"errors"} == MEMBERS
    assert body["request_id"] == answer["X-Request-ID"]
    assert body["type"] == f"http://testserver/problems/{code}"
    assert answer["Content-Language"] == "en"
    return body


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "not_json"),
        (b"", None),
        (b"\xef\xbb\xbf{}", "not_json"),
        (b"[" * 5000 + b"]" * 5000, "too_deep"),
        (b"[" * 5000, "too_deep"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "too_deep"),
        ('{"device_id": "x"}'.encode("utf-16"), "not_utf8"),
        (b'{"device_id": "\xff\xfe"}', "not_utf8"),
        (b'{"device_id": "a\x00b"}', "not_json"),
        (rb'{"device_id": "\ud800"}', "not_json"),
        (b'{"device_id": NaN}', "not_json"),
        (b'{"device_id": "one", "device_id": "two"}', "name_twice"),
        (b'{"attestation": [{"type": 1, "type": 1}]}', "name_twice"),
        (rb'{"device_id": "one", "device\u005fid": "two"}', "name_twice"),
        (b'{"device_id": ' + b"1" * 5000 + b"}", "not_json"),
        (b'{"device_id": ' + b"1" * 30 + b"}", None),
    ],
)
def test_a_body_that_cannot_be_read_is_malformed(client: Client, body: bytes, reason: str | None) -> None:
    answer = client.post(LOGIN, body, content_type="application/json")
    if reason is None:
        is_problem(answer, 422, "validation_failed")
    else:
        assert is_problem(answer, 400, "malformed_request")["params"] == {"reason": reason}


def test_a_null_character_is_refused_wherever_it_stands(anonymous: APIClient) -> None:
    is_problem(anonymous.post(LOGIN, {"device_id": "a\x00" * 20}, format="json"), 422, "validation_failed")
    for path in ("/api/v1/emoji/templates/a%00b", "/api/v1/emoji/templates?category=a%00b", "/api/v1/a%00"):
        assert is_problem(anonymous.get(path), 400, "malformed_request")["params"] == {"reason": "null_character"}


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/json; charset=utf-16", ""])
def test_another_type_of_body_is_not_read(client: Client, content_type: str) -> None:
    answer = client.post(LOGIN, b"{}", content_type=content_type)
    body = is_problem(answer, 415, "unsupported_media_type")
    assert body["params"]["allowed"][0].startswith("application/json")


def test_a_form_beyond_djangos_limit_is_too_large(client: Client) -> None:
    answer = client.post(LOGIN, b'"' + b"x" * 3_000_000 + b'"', content_type="application/json")
    assert is_problem(answer, 413, "payload_too_large")["params"] == {"max_bytes": 64 * 1024}


@pytest.mark.django_db
def test_a_method_that_is_not_possible_is_told_which_are(app: APIClient, client: Client) -> None:
    answer = app.delete(BALANCE)
    assert is_problem(answer, 405, "method_not_allowed")["params"] == {"allowed": ["GET"]}
    # Of a view that is no part of REST framework.
    body = is_problem(client.delete("/api/v1/emoji/objects/x"), 405, "method_not_allowed")
    assert body["params"] == {"allowed": ["GET", "PUT"]}


def test_nobody_is_told_about_a_view_by_options(anonymous: APIClient) -> None:
    is_problem(anonymous.options("/api/v1/config"), 405, "method_not_allowed")


def test_an_answer_in_another_form_is_not_possible(anonymous: APIClient) -> None:
    is_problem(anonymous.get("/api/v1/config", headers={"Accept": "text/html"}), 406, "not_acceptable")


@pytest.mark.django_db
def test_another_format_in_the_query_is_ignored(anonymous: APIClient) -> None:
    assert anonymous.get("/api/v1/points/packages?format=xml").status_code == 200


def test_without_a_token_one_is_asked_for(anonymous: APIClient) -> None:
    answer = anonymous.get(BALANCE)
    is_problem(answer, 401, "authentication_required")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_wrong_token_is_asked_for_again(anonymous: APIClient) -> None:
    answer = anonymous.get(BALANCE, headers={"Authorization": "Bearer x"})
    is_problem(answer, 401, "token_invalid")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
def test_a_field_that_is_wrong_is_pointed_at(app: APIClient) -> None:
    body = is_problem(app.post(UPLOADS, {"content_type": "image/jpeg"}, format="json"), 422, "validation_failed")
    told = {"code": "required", "pointer": "/content_length", "message": "This field is required."}
    assert body["errors"] == [told]


@pytest.mark.django_db
def test_a_parameter_that_is_wrong_is_named(app: APIClient) -> None:
    body = is_problem(app.get("/api/v1/points/transactions?direction=up"), 422, "validation_failed")
    assert [(error["code"], error["parameter"]) for error in body["errors"]] == [("invalid_choice", "direction")]


def test_a_body_that_is_no_object_is_told_so(anonymous: APIClient) -> None:
    body = is_problem(anonymous.post(LOGIN, [1], format="json"), 422, "validation_failed")
    assert body["errors"][0]["pointer"] == "/"


@pytest.fixture
def no_debugger(client: Client) -> Client:
    """A client that is answered as the world is, instead of being handed the exception."""
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("debug", [False, True])
def test_a_bug_tells_nothing_of_itself(
    no_debugger: Client, monkeypatch: pytest.MonkeyPatch, settings: Any, debug: bool
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret thought")

    settings.DEBUG = debug
    monkeypatch.setattr(AuthViewSet, "login", fail)
    answer = no_debugger.post(LOGIN, {}, content_type="application/json")
    body = is_problem(answer, 500, "internal_error")
    assert body["retryable"]
    assert b"secret thought" not in answer.content


def test_a_database_that_does_not_answer_is_worth_another_try(
    anonymous: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("connection to 10.0.0.1 refused")

    monkeypatch.setattr(UserViewSet, "authentication_classes", ())
    monkeypatch.setattr(UserViewSet, "permission_classes", ())
    monkeypatch.setattr(UserViewSet, "profile", fail)
    answer = anonymous.get("/api/v1/user/profile")
    is_problem(answer, 503, "dependency_unavailable")
    assert answer["Retry-After"] == "2"
    assert b"10.0.0.1" not in answer.content
