"""The ledger tells in the reader's language which emoji points went for, and came back from."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.emoji.models import EmojiTemplate
from apps.points.models import PointTransaction
from tests.emoji.conftest import TASKS, create

TRANSACTIONS = "/api/v1/points/transactions"


@pytest.fixture
def canceled_id(app: APIClient, rich: User, photo_id: str) -> str:
    EmojiTemplate.objects.update(name="Happy", names={"ko": "행복"})
    return ordered_and_canceled(app, photo_id)


def ordered_and_canceled(app: APIClient, photo_id: str) -> str:
    task_id = str(create(app, photo_id).json()["id"])
    assert app.post(f"{TASKS}/{task_id}/cancel").status_code == 200
    return task_id


def told(app: APIClient, language: str) -> list[str]:
    """Newest first: the refund, and the spend."""
    rows = app.get(TRANSACTIONS, {"limit": 2}, headers={"Accept-Language": language}).json()["items"]
    return [row["title"] for row in rows]


def test_a_spend_and_its_refund_name_the_expression(app: APIClient, canceled_id: str) -> None:
    assert told(app, "ko-KR") == ["반환: 행복", "이모티콘: 행복"]


def test_one_row_alone_does_so_too(app: APIClient, canceled_id: str) -> None:
    row = PointTransaction.objects.get(kind="refund")
    answer = app.get(f"{TRANSACTIONS}/{row.id}", headers={"Accept-Language": "ko"})
    assert answer.json()["title"] == "반환: 행복"


def test_an_expression_without_a_name_in_the_language_has_its_english_one(app: APIClient, canceled_id: str) -> None:
    assert told(app, "es") == ["Devolución: Happy", "Creación de emoji: Happy"]


def test_in_english_it_is_called_as_it_was_when_it_was_paid(app: APIClient, canceled_id: str) -> None:
    EmojiTemplate.objects.update(name="Merry")
    assert told(app, "en") == ["Refund: Happy", "Emoji: Happy"]


def test_the_rows_of_an_emoji_that_its_user_deleted_still_name_it(app: APIClient, canceled_id: str) -> None:
    assert app.delete(f"{TASKS}/{canceled_id}").status_code == 204
    assert told(app, "ko") == ["반환: 행복", "이모티콘: 행복"]


def test_a_page_of_several_emoji_is_named_in_one_query(app: APIClient, canceled_id: str, photo_id: str) -> None:
    ordered_and_canceled(app, photo_id)
    with CaptureQueriesContext(connection) as queries:
        page = app.get(TRANSACTIONS, headers={"Accept-Language": "ko"}).json()["items"]
    assert len([row for row in page if "행복" in row["title"]]) == 4
    assert len([query for query in queries if "emoji_emojitask" in query["sql"]]) == 1
