"""The catalogue is what the classes say."""

from string import Formatter
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.core import problem_words
from apps.core.errors import DomainError, PayloadTooLarge
from apps.core.known_errors import known_errors
from apps.core.languages import LANGUAGES
from pickitchen import urls

ERRORS = "/api/v1/errors"
# What stands between what is wrong and what to do, in one language or another.
SECOND_PARTS = (";", ". ", "\uff0c", "\u3002")
# Params that are English words for programs: no sentence for people has one in its midst.
WORDS_OF_THE_API = {"purpose", "reason", "status"}


def named_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_the_urls_are_loaded() -> None:
    """So every module that can refuse something is."""
    assert urls.urlpatterns
    assert len(known_errors()) > 40


@pytest.mark.parametrize("error", known_errors(), ids=lambda error: error.code)
def test_each_code_is_said_in_each_language_with_the_same_params(error: type[DomainError]) -> None:
    for language in LANGUAGES[1:]:
        assert problem_words.title(error, language) != error.title, f"{error.code} has no title in {language}"
        detail = problem_words.detail(error, language)
        assert named_in(detail) == named_in(error.detail), language
        assert not detail or detail != error.detail, f"{error.code} has no detail in {language}"
    assert named_in(error.detail) <= set(error.param_names) - WORDS_OF_THE_API


@pytest.mark.parametrize("error", known_errors(), ids=lambda error: error.code)
def test_what_to_do_is_said_in_each_language_too(error: type[DomainError]) -> None:
    """But for a 401: what is to be done then, the app does."""
    if ";" in error.title and error.status != 401:
        for language in LANGUAGES[1:]:
            title = problem_words.title(error, language)
            assert any(sign in title for sign in SECOND_PARTS), f"{error.code} only complains in {language}"


def test_two_errors_of_one_code_are_one_to_the_app() -> None:
    by_code = {error.code: error for error in known_errors()}
    for error in _all(DomainError):
        if error.is_public:
            known = by_code[error.code]
            assert (error.status, error.title, error.detail) == (known.status, known.title, known.detail), error


def _all(kind: type[DomainError]) -> list[type[DomainError]]:
    return [error for direct in kind.__subclasses__() for error in (direct, *_all(direct))]


def test_the_catalogue_tells_all_of_it_and_may_be_kept(anonymous: APIClient) -> None:
    answer = anonymous.get(ERRORS)
    items: list[dict[str, Any]] = answer.json()["items"]
    assert [item["code"] for item in items] == [error.code for error in known_errors()]
    told = next(item for item in items if item["code"] == "payload_too_large")
    assert (told["status"], told["retryable"], told["params"]) == (413, False, ["max_bytes"])
    assert told["title"]["ja"] == "リクエストの本文が大きすぎます"
    assert told["detail"]["en"] == PayloadTooLarge.detail
    assert anonymous.get(ERRORS, headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_what_staff_alone_are_told_is_not_in_it(anonymous: APIClient) -> None:
    assert b"confirmation_needed" not in anonymous.get(ERRORS).content


def test_the_type_of_a_problem_leads_to_a_page_about_it(anonymous: APIClient) -> None:
    kind = anonymous.get("/api/v1/nothing").json()["type"]
    page = anonymous.get(kind.removeprefix("http://testserver"))
    assert page.status_code == 200
    assert "<h1>not_found</h1>" in page.content.decode()
    assert anonymous.get("/problems/nothing").status_code == 404


@pytest.mark.parametrize(
    ("header", "language", "title"),
    [
        ("", "en", "Not found"),
        ("zh-CN", "zh-Hans", "未找到"),
        ("zh-Hant-TW", "zh-Hant", "找不到"),
        ("ja-JP,en;q=0.5", "ja", "見つかりません"),
        ("ko", "ko", "찾을 수 없습니다"),
        ("es-MX", "es", "No encontrado"),
        ("de, es;q=0.5", "es", "No encontrado"),
        ("x" * 10_000, "en", "Not found"),
    ],
)
def test_a_problem_is_in_its_readers_language(anonymous: APIClient, header: str, language: str, title: str) -> None:
    answer = anonymous.get("/api/v1/nothing", headers={"Accept-Language": header})
    assert (answer.json()["title"], answer["Content-Language"]) == (title, language)
    assert "Accept-Language" in answer["Vary"]
    assert answer.json()["code"] == "not_found"


def test_the_sentence_for_a_field_is_in_the_readers_language(anonymous: APIClient) -> None:
    answer = anonymous.post("/api/v1/auth/login", {}, format="json", headers={"Accept-Language": "es"})
    assert answer.json()["errors"][0]["message"] == "Este campo es requerido."
    assert anonymous.post("/api/v1/auth/login", {}, format="json").json()["errors"][0]["code"] == "required"
