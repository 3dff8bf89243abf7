"""T-05, T-36, T-37: what is another's is not there. The URL table gives the routes: a new one cannot be forgotten."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from apps.core.snowflake import next_id
from tests.security.conftest import Owned

# What an id of the route names, by the route without its parameter's name.
OBJECTS: dict[str, Callable[[Owned], Any]] = {
    "api/v1/auth/sessions/<>": lambda owned: owned.session.id,
    "api/v1/user/export/<>": lambda owned: owned.export.id,
    "api/v1/points/transactions/<>": lambda owned: owned.transaction.id,
    "api/v1/emoji/tasks/<>": lambda owned: owned.task.id,
    "api/v1/emoji/tasks/<>/cancel": lambda owned: owned.task.id,
    "api/v1/emoji/tasks/<>/report": lambda owned: owned.task.id,
    "api/v1/orders/<>": lambda owned: owned.order.id,
}
# Parameters that name nobody's object.
NOT_OBJECTS = {
    "api/v1/emoji/templates/<>": "everybody's",
    "api/v1/user/consents/<>": "a word; the consent is the caller's",
    "api/v1/user/export/<>/download": "a signed link is the right to it",
    "api/v1/emoji/objects/<>": "a signed link is the right to it",
}
BODIES: dict[str, Any] = {"api/v1/emoji/tasks/<>/report": {"reason": "other"}}


def routes(patterns: list[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[tuple[str, str]]:
    """Each route of the API that has a parameter, with each method of its view."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = before + re.sub(r"<[^>]*>|\(\?P<[^>]*>(?:\[[^\]]*\]|[^()])*\)", "<>", str(pattern.pattern)).strip("^$")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif path.startswith("api/v1/") and "<" in path:
            for method in getattr(pattern.callback, "actions", None) or {"get": ""}:
                yield path, method


ROUTES = sorted(set(routes()))


def test_every_route_with_a_parameter_is_known() -> None:
    assert {path for path, _ in ROUTES} == OBJECTS.keys() | NOT_OBJECTS.keys()


@pytest.mark.parametrize(("path", "method"), [route for route in ROUTES if route[0] in OBJECTS])
def test_a_strangers_token_finds_nothing(owned: Owned, stranger: APIClient, path: str, method: str) -> None:
    theirs = OBJECTS[path](owned)
    before = as_stored(owned)
    answers = [ask(stranger, path, method, wanted) for wanted in (theirs, next_id(), theirs + 1, 2**63 - 1)]
    assert [status for status, _, _ in answers] == [404, 404, 404, 404]
    assert all(answer == answers[0] for answer in answers), "another's object must look like one that is not there"
    assert as_stored(owned) == before


@pytest.mark.parametrize(("path", "method"), [route for route in ROUTES if route[0] in OBJECTS])
@pytest.mark.parametrize("wanted", [2**63, 10**19 - 1, 10**30])
def test_what_is_beyond_all_ids_is_no_object_either(
    db: None, stranger: APIClient, path: str, method: str, wanted: int
) -> None:
    assert ask(stranger, path, method, wanted)[0] == 404


@pytest.mark.parametrize(("path", "method"), [route for route in ROUTES if route[0] in OBJECTS])
def test_its_owner_finds_it(owned: Owned, path: str, method: str) -> None:
    """Else the test above could not fail."""
    assert ask(owned.app, path, method, OBJECTS[path](owned))[0] != 404


def test_anothers_photo_cannot_be_used_or_checked(owned: Owned, stranger: APIClient) -> None:
    """T-12."""
    wish = {"template_id": owned.task.template.driven_id, "upload_id": owned.upload_id}
    order = stranger.post("/api/v1/emoji/tasks", wish, format="json", headers={"Idempotency-Key": "key-12345"})
    check = stranger.post("/api/v1/emoji/detections", {"upload_id": owned.upload_id}, format="json")
    picture = stranger.patch("/api/v1/user/profile", {"avatar_upload_id": owned.upload_id}, format="json")
    assert {order.json()["code"], check.json()["code"], picture.json()["code"]} == {"upload_not_found"}


def test_anothers_idempotency_key_brings_no_answer_of_theirs(owned: Owned, stranger: APIClient) -> None:
    """T-38."""
    wish = {"template_id": owned.task.template.driven_id, "upload_id": owned.upload_id}
    first, other = (
        client.post("/api/v1/emoji/tasks", wish, format="json", headers={"Idempotency-Key": "one-key-of-both"})
        for client in (owned.app, stranger)
    )
    assert (first.status_code, other.status_code) == (201, 404)
    assert "Idempotent-Replayed" not in other


def test_anothers_cursor_shows_only_ones_own(owned: Owned, stranger: APIClient) -> None:
    """T-14."""
    page = owned.app.get("/api/v1/points/transactions?limit=1").json()
    answer = stranger.get(f"/api/v1/points/transactions?cursor={page['next_cursor']}")
    assert answer.status_code == 400 or answer.json()["items"] == []


def ask(client: APIClient, path: str, method: str, wanted: int) -> tuple[int, dict[str, Any], int]:
    """Status, the body without what differs in every answer, and the number of queries."""
    with CaptureQueriesContext(connection) as queries:
        answer = getattr(client, method)("/" + path.replace("<>", str(wanted)), BODIES.get(path), format="json")
    body = answer.json() if answer.get("Content-Type", "").endswith("json") and answer.content else {}
    return answer.status_code, {key: body[key] for key in body if key not in ("request_id", "instance")}, len(queries)


def as_stored(owned: Owned) -> list[Any]:
    rows = (owned.task, owned.transaction, owned.order, owned.session, owned.export)
    return [type(row).objects.filter(pk=row.pk).values().get() for row in rows]
