"""Every code that the vendor names has one meaning, and it agrees with how the vendor classes it."""

import json

import pytest

from apps.emoji.dashscope_errors import MEANINGS, provider_error
from apps.emoji.provider import Fault, Retry
from apps.emoji.task_errors import TASK_ERRORS
from tests.conftest import PAYLOADS

KNOWN = json.loads((PAYLOADS / "dashscope" / "error_codes.json").read_text())["items"]
RETRIES = {
    "user_image": {Retry.NEVER},
    "content_policy": {Retry.NEVER},
    "our_bug": {Retry.NEVER},
    "operator": {Retry.NEVER},
    "fetch": {Retry.ONCE},
    "vendor_limited": {Retry.ONCE},
    "vendor": {Retry.LATER},
    "throttle": {Retry.LATER},
    "throttle_or_operator": {Retry.LATER},
}


@pytest.mark.parametrize("item", KNOWN, ids=lambda item: item["code"])
def test_a_code_is_retried_as_its_class_allows(item: dict[str, str]) -> None:
    error = provider_error(item["code"], "", http_status=int(item["http_status"]))
    assert error.retry in RETRIES[item["class"]]
    assert item["code"] in MEANINGS


@pytest.mark.parametrize(
    "item", [item for item in KNOWN if item["class"] == "user_image"], ids=lambda item: item["code"]
)
def test_a_photos_fault_is_told_as_the_photos(item: dict[str, str]) -> None:
    assert provider_error(item["code"], "", http_status=400).code.startswith("photo_")


def test_every_meaning_has_words_for_the_user() -> None:
    assert {meaning.code for meaning in MEANINGS.values()} <= set(TASK_ERRORS)


def test_the_free_quotas_end_is_no_throttling() -> None:
    error = provider_error("Throttling.AllocationQuota", "Free allocated quota exceeded.", http_status=429)
    assert (error.code, error.retry) == ("provider_unavailable", Retry.NEVER)


def test_a_new_kind_of_a_known_code_is_read_as_that_code() -> None:
    assert provider_error("Throttling.SomethingNew", "", http_status=429).retry == Retry.LATER


@pytest.mark.parametrize(("status", "retry"), [(400, Retry.NEVER), (500, Retry.LATER)])
def test_an_unknown_code_is_judged_by_its_status(status: int, retry: Retry) -> None:
    error = provider_error("NeverHeardOf", "words", http_status=status)
    assert (error.code, error.retry, error.raw) == ("provider_failed", retry, f"{status} NeverHeardOf: words")


def test_an_unknown_code_beside_the_status_too_fast_is_waited_out() -> None:
    error = provider_error("NeverHeardOf", "words", http_status=429)
    assert (error.code, error.retry, error.fault) == ("provider_rate_limited", Retry.LATER, Fault.THROTTLED)
