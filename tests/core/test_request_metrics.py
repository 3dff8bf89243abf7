"""Requests are counted by route; what a client makes up becomes no label."""

import pytest
from rest_framework.test import APIClient

from tests.scrape import Moved, scrape


@pytest.mark.django_db
def test_a_request_is_counted_and_timed_under_its_route(app: APIClient) -> None:
    moved = Moved()
    app.get("/api/v1/emoji/tasks/123456789")
    counted = {"method": "GET", "route": "emoji-tasks-detail"}
    assert moved.by("pk_http_requests_total", **counted, status="404") == 1
    assert moved.by("pk_http_seconds_count", route="emoji-tasks-detail") == 1
    assert "123456789" not in str(scrape().samples)


def test_what_has_no_route_is_one_and_so_are_unknown_methods(anonymous: APIClient) -> None:
    moved = Moved()
    anonymous.get("/made-up")
    anonymous.generic("BREW", "/another")
    assert moved.by("pk_http_requests_total", route="none", status="404") == 2
    assert moved.by("pk_http_requests_total", method="other") == 1
    assert "made-up" not in str(scrape().samples)


def test_an_error_of_ours_is_counted_too(anonymous: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    anonymous.raise_request_exception = False
    monkeypatch.setattr("apps.core.health.examine", lambda: 1 / 0)
    moved = Moved()
    anonymous.get("/readyz")
    assert moved.by("pk_http_requests_total", status="500") == 1
