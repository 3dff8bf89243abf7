"""Every code of the catalogue can be met, and looks as the catalogue says."""

import re
from typing import Any

import pytest
from django.http import HttpRequest

from apps.core.errors import DomainError
from apps.core.known_errors import known_errors
from pickitchen.urls import urlpatterns
from tests.described import description
from tests.journeys import provoked
from tests.journeys.world import World

assert urlpatterns
# Params that do not depend on who asks.
ALWAYS_SO = {"allowed", "max_bytes", "max_pixels", "max_px", "min_px", "reason"}


@pytest.mark.usefixtures("one_day")
@pytest.mark.parametrize("error", known_errors(), ids=lambda error: error.code)
def test_an_error_is_met_as_the_catalogue_has_it(world: World, error: type[DomainError]) -> None:
    provoke = getattr(provoked, error.code, None)
    assert provoke, f"tests/journeys/provoked.py has no function {error.code}: how is an app told that?"
    answer = provoke(world)
    body = answer.json()
    assert (answer.status_code, body["code"], body["status"]) == (error.status, error.code, error.status)
    assert answer["Content-Type"] == "application/problem+json"
    assert (set(body["params"]), body["retryable"]) == (set(error.param_names), error.retryable)
    assert (body["title"], body["instance"]) == (error.title, answer.wsgi_request.path)
    assert body["request_id"] == answer["X-Request-ID"]
    assert body["detail"]
    assert "{" not in body["detail"]
    assert_documented(answer.wsgi_request, body, told_to_wait="Retry-After" in answer)
    if error.status in (429, 503):
        assert int(answer["Retry-After"]) >= 1
    if error.status == 401:
        assert answer["WWW-Authenticate"] == "Bearer"


def assert_documented(request: HttpRequest, told: dict[str, Any], *, told_to_wait: bool) -> None:
    """Of what is no operation, or no method of one, nothing is promised."""
    for path, methods in description()["paths"].items():
        operation = methods.get(str(request.method).lower())
        if operation and re.fullmatch(re.sub(r"{[^/]+}", "[^/]+", path), request.path):
            assert told["code"] in operation["x-error-codes"], f"{request.method} {path} answers {told['code']}"
            shown = operation["responses"][str(told["status"])]
            assert_shown(shown["content"], told)
            assert told_to_wait <= ("Retry-After" in shown.get("headers", {}))


def assert_shown(content: dict[str, Any], told: dict[str, Any]) -> None:
    """By an example of the same form, and with the same words and limits."""
    shown = content["application/problem+json"]["examples"][told["code"]]["value"]
    assert set(shown) == set(told)
    assert {name: shown["params"][name] for name in ALWAYS_SO & set(told["params"])} == {
        name: told["params"][name] for name in ALWAYS_SO & set(told["params"])
    }
    assert [set(field) for field in shown.get("errors", ())][:1] == [set(field) for field in told.get("errors", ())][:1]
