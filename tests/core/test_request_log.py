"""A request is one line, with whose it was."""

import logging
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core import log_format, request_user


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    found = [record.msg for record in caplog.records if record.name == "apps.core.request_log"]
    return [line for line in found if isinstance(line, dict)]


@pytest.fixture(autouse=True)
def heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_a_request_is_one_line_with_route_user_and_status(
    app: APIClient, user: User, caplog: pytest.LogCaptureFixture
) -> None:
    app.get("/api/v1/user/profile?name=value", headers={"X-Request-ID": "my-request"})
    (line,) = lines(caplog)
    assert line.pop("ms") > 0
    assert {name: line[name] for name in ("event", "method", "path", "route", "status", "request_id", "user_id")} == {
        "event": "request",
        "method": "GET",
        "path": "/api/v1/user/profile",
        "route": "user-profile",
        "status": 200,
        "request_id": "my-request",
        "user_id": str(user.id),
    }


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/api/v1/points/balance", 401, "authentication_required"), ("/api/v1/nothing", 404, "not_found")],
)
def test_who_tries_doors_is_told_with_an_address(
    anonymous: APIClient, caplog: pytest.LogCaptureFixture, path: str, status: int, code: str
) -> None:
    anonymous.get(path, REMOTE_ADDR="203.0.113.7")
    (line,) = lines(caplog)
    assert (line["status"], line["code"], line["address"]) == (status, code, "203.0.113.7")


def test_another_refusal_has_its_code_alone(anonymous: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    anonymous.post("/api/v1/auth/refresh", {}, format="json")
    (line,) = lines(caplog)
    assert line["code"] == "validation_failed"
    assert "address" not in line


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("POST", "/api/v1/auth/refresh", 422),
        ("POST", "/api/v1/subscription/sync", 503),
    ],
)
def test_a_refusal_is_told_once_and_is_no_error(
    app: APIClient, caplog: pytest.LogCaptureFixture, method: str, path: str, status: int
) -> None:
    assert app.generic(method, path).status_code == status
    assert [(record.name, record.levelname) for record in caplog.records] == [("apps.core.request_log", "INFO")]


@pytest.mark.django_db
def test_the_next_request_of_a_thread_is_not_the_last_ones_users(
    app: APIClient, anonymous: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    app.get("/api/v1/user/profile")
    anonymous.get("/api/v1/config")
    assert "user_id" not in lines(caplog)[-1]
    assert request_user.user_id() == ""


@pytest.mark.django_db
def test_what_asks_every_few_seconds_is_quiet(anonymous: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/api/v1/health", "/api/v1/utils/health-check/"):
        anonymous.get(path)
    assert lines(caplog) == []


def test_a_line_asks_nobody_whose_request_it_is(
    staff: User, caplog: pytest.LogCaptureFixture, django_assert_num_queries: Any
) -> None:
    event = log_format.with_user(None, "info", {"event": "before anybody is known"})
    with django_assert_num_queries(0):
        assert event == {"event": "before anybody is known"}
