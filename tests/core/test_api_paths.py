"""Manners of everything below /api/."""

import json

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseNotAllowed
from django.test import RequestFactory
from rest_framework.test import APIClient

from apps.core.api_paths import ApiPathMiddleware


def through(answer: HttpResponse, path: str = "/api/v1/x") -> HttpResponse:
    return ApiPathMiddleware(lambda _: answer)(RequestFactory().get(path))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (HttpResponseForbidden("<h1>CSRF</h1>"), "permission_denied"),
        (HttpResponseNotAllowed(["GET"]), "method_not_allowed"),
        (HttpResponse("<h1>Not Found</h1>", status=404), "not_found"),
        (HttpResponse(status=400), "malformed_request"),
        (HttpResponse("Traceback", status=500), "internal_error"),
        (HttpResponse("Proxy", status=502), "internal_error"),
    ],
    ids=str,
)
def test_an_error_of_a_library_becomes_a_problem(answer: HttpResponse, code: str) -> None:
    told = through(answer)
    assert told["Content-Type"] == "application/problem+json"
    assert json.loads(told.content)["code"] == code


def test_elsewhere_an_error_stays_as_it_is() -> None:
    answer = HttpResponseForbidden("<h1>CSRF</h1>")
    assert through(answer, "/admin/") is answer


def test_a_path_with_a_slash_at_its_end_is_the_same_path() -> None:
    seen: list[str] = []

    def note(request: HttpRequest) -> HttpResponse:
        seen.append(request.path_info)
        return HttpResponse()

    for path in ("/api/v1/x", "/api/v1/x/", "/api/v1/x//"):
        ApiPathMiddleware(note)(RequestFactory().post(path))
    assert seen == ["/api/v1/x"] * 3


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1", "/api/v1//config", "/api/v1/config;x=1", "/api/v1/../admin", "/api/%2e%2e/x"]
)
def test_tricks_with_paths_find_nothing(anonymous: APIClient, path: str) -> None:
    answer = anonymous.get(path)
    assert answer.status_code == 404


def test_nothing_is_kept_on_the_way_unless_an_answer_says_so(anonymous: APIClient) -> None:
    assert anonymous.get("/api/v1/nothing")["Cache-Control"] == "no-store"
