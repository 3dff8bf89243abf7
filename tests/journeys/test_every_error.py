"""Every code of the catalogue can be met, and looks as the catalogue says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import Device, User
from apps.core.error_catalogue import known_errors
from apps.core.errors import DomainError
from apps.emoji.models import EmojiTemplate
from pickitchen.urls import urlpatterns
from tests.journeys import provoked
from tests.journeys.provoked import World

assert urlpatterns


@pytest.fixture
def world(
    app: APIClient,
    user: User,
    device: Device,
    anonymous: APIClient,
    template: EmojiTemplate,
    portrait: bytes,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    give_points: Callable[..., None],
) -> World:
    return World(app, user, device, anonymous, template, portrait, settings, monkeypatch, tmp_path, give_points)


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
    if error.status in (429, 503):
        assert int(answer["Retry-After"]) >= 1
    if error.status == 401:
        assert answer["WWW-Authenticate"] == "Bearer"
