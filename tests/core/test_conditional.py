"""Who has an answer already is told so, and no more."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory

from apps.core import conditional

# How much room is left, and until when.
OF_ONE_CALLER = ("RateLimit-Remaining", "RateLimit-Reset")


def request(**headers: str) -> Request:
    return Request(APIRequestFactory().get("/somewhere", headers=headers))


def test_a_public_answer_may_be_shared_and_names_its_bytes() -> None:
    answer = conditional.public_answer(request(), {"items": []})
    assert (answer.status_code, answer["Cache-Control"], answer["Vary"]) == (
        200,
        "public, max-age=300",
        "Accept-Language",
    )
    assert answer["ETag"].startswith('"')
    assert conditional.public_answer(request(), {"items": []})["ETag"] == answer["ETag"]
    assert conditional.public_answer(request(), {"items": [1]})["ETag"] != answer["ETag"]


def test_who_has_it_gets_304_without_a_body() -> None:
    etag = conditional.public_answer(request(), {"items": []})["ETag"]
    answer: Any = conditional.public_answer(request(**{"If-None-Match": f'"other", {etag}'}), {"items": []})
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
    assert answer["Cache-Control"] == "public, max-age=300"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["errors", "config", "points/packages", "user/profile"])
def test_a_304_says_nothing_that_a_cache_must_not_write_over_what_it_keeps(app: APIClient, path: str) -> None:
    whole = app.get(f"/api/v1/{path}")
    known = app.get(f"/api/v1/{path}", headers={"If-None-Match": whole["ETag"]})
    assert (known.status_code, "Content-Length" in known) == (304, False)
    kept = {name: whole[name] for name in known.headers if name not in ("X-Request-ID", *OF_ONE_CALLER)}
    assert {name: known[name] for name in kept} == kept


def test_who_has_another_one_gets_it_whole() -> None:
    answer: Any = conditional.public_answer(request(**{"If-None-Match": '"other"'}), {"items": []})
    assert (answer.status_code, answer.content) == (200, b'{"items":[]}')


@pytest.mark.parametrize(
    "condition", [{"If-Match": '"other"'}, {"If-Unmodified-Since": "Sun, 29 Nov 2020 00:00:00 GMT"}]
)
def test_a_condition_of_changes_keeps_nobody_from_reading(client: Client, condition: dict[str, str]) -> None:
    answer = client.get("/api/v1/errors", headers=condition)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_a_private_answer_is_asked_for_each_time() -> None:
    etag = conditional.weak_etag(4, "available")
    assert etag == 'W/"4-available"'
    assert conditional.private_answer(request(), {}, etag)["Cache-Control"] == "private, no-cache"
    assert conditional.private_answer(request(**{"If-None-Match": etag}), {}, etag).status_code == 304


@pytest.mark.parametrize(
    ("sent", "known"),
    [('W/"4"', True), ('"4"', True), ('W/"3", W/"4"', True), ('W/"3"', False), ("", False), ("nonsense", False)],
)
def test_validators_are_compared_weakly(sent: str, known: bool) -> None:
    assert conditional.is_known(request(**{"If-None-Match": sent}), 'W/"4"') is known
