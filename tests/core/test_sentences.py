"""What users read is in their language, as the header of its answer says."""

from string import Formatter

import pytest
from rest_framework.test import APIClient

from apps.core import sentences, translations
from apps.core.languages import LANGUAGES
from apps.core.snowflake_field import SnowflakeIdField
from apps.emoji.receipts import NO_REFUND, REFUNDED
from apps.emoji.task_errors import TASK_ERRORS
from apps.points import titles

SAID = {
    *(told.message for told in TASK_ERRORS.values()),
    *(REFUNDED, NO_REFUND, sentences.POINTS),
    *(titles.ADJUSTED, titles.EXPIRED, titles.WEEKLY_REWARD, *titles.NAMING.values()),
    *SnowflakeIdField.default_error_messages.values(),
}


def named_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_each_language_has_each_sentence_with_the_same_params(language: str) -> None:
    told = translations.read(sentences.FOLDER, language)
    assert told.keys() == translations.read(sentences.FOLDER, "ja").keys() >= SAID
    for english, sentence in told.items():
        assert sentence != english
        assert named_in(sentence) == named_in(english)


def test_english_is_said_as_the_code_has_it() -> None:
    assert sentences.said(NO_REFUND) == NO_REFUND


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("auth/login", {"device_id": "short id of spaces"}, "英数字と _ . : - を"),
        ("auth/login", {"device_id": "unknown-device-of-many"}, "この ID は多くの端末で共有されています。"),
        ("auth/login", {"device_secret": "pkd1_x"}, "pkd1_ の後に、ランダムな 32 バイト"),
        ("auth/logout", {"refresh_token": "x", "all_devices": None}, "この項目はnullにできません。"),
    ],
)
def test_what_is_wrong_with_a_field_is_said_in_the_readers_language(
    anonymous: APIClient, path: str, body: dict[str, object], message: str
) -> None:
    answer = anonymous.post(f"/api/v1/{path}", body, format="json", headers={"Accept-Language": "ja"})
    assert answer["Content-Language"] == "ja"
    assert any(error["message"].startswith(message) for error in answer.json()["errors"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"nickname": "a\u202eb"}, "글자, 숫자, 기호, 이모지만 사용하세요."),
        ({"nickname": "x" * 33}, "보이는 글자를 1~32자로 입력하세요."),
        ({"timezone": "Mars/Olympus"}, "알 수 없는 값입니다."),
        ({"points": 5}, "여기서는 변경할 수 없습니다."),
    ],
)
def test_so_is_what_is_wrong_with_a_profile(app: APIClient, body: dict[str, object], message: str) -> None:
    answer = app.patch("/api/v1/user/profile", body, format="json", headers={"Accept-Language": "ko-KR"})
    assert [error["message"] for error in answer.json()["errors"]] == [message]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("put", "user/consents/ai_processing", {"version": "é"}, "Usa de 1 a 32 caracteres: letras, dígitos y . _ -"),
        ("post", "emoji/uploads", {"sha256": "abc"}, "Usa los 64 dígitos hexadecimales de un SHA-256."),
    ],
)
def test_so_is_what_a_text_must_look_like(
    app: APIClient, method: str, path: str, body: dict[str, object], message: str
) -> None:
    send = getattr(app, method)
    answer = send(f"/api/v1/{path}", body, format="json", headers={"Accept-Language": "es"})
    [field] = body
    told = {error["pointer"]: error["message"] for error in answer.json()["errors"]}
    assert told[f"/{field}"] == message


@pytest.mark.django_db
def test_so_is_what_is_wrong_with_a_page(app: APIClient) -> None:
    answer = app.get("/api/v1/orders?limit=0", headers={"Accept-Language": "es"})
    assert answer.json()["errors"] == [{"code": "invalid", "parameter": "limit", "message": "Usa de 1 a 100."}]
