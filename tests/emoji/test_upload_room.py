"""What one user may upload in a day has an end, whatever they do with it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import Device
from apps.emoji.models import PhotoUpload
from tests.conftest import app_of, at
from tests.emoji.conftest import UPLOADS

MB = 1024 * 1024
NOON = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)


@pytest.fixture(autouse=True)
def ten_megabytes(configure: Callable[..., None]) -> None:
    configure(uploads={"daily_megabytes": 10})


def ticket(app: APIClient, size: int, language: str = "en", **fields: str) -> Any:
    wanted = {"content_type": "image/jpeg", "content_length": size, **fields}
    return app.post(UPLOADS, wanted, format="json", headers={"Accept-Language": language})


@pytest.mark.usefixtures("one_day")
def test_what_was_announced_counts_to_the_last_byte(app: APIClient) -> None:
    assert ticket(app, 6 * MB).status_code == 201
    assert ticket(app, 4 * MB + 1).json()["code"] == "daily_upload_limit_reached"
    assert ticket(app, 4 * MB).status_code == 201
    assert ticket(app, 1).status_code == 429
    assert PhotoUpload.objects.count() == 2


@pytest.mark.usefixtures("one_day")
def test_pictures_for_an_avatar_count_too(app: APIClient) -> None:
    assert ticket(app, 10 * MB, purpose="avatar").status_code == 201
    assert ticket(app, 1, purpose="avatar").status_code == 429


def test_the_refusal_says_how_much_and_until_when(device: Device) -> None:
    with at(NOON):
        app = app_of(device)
        ticket(app, 10 * MB)
        refused = ticket(app, 1, "zh-Hans")
        assert refused.status_code == 429
        assert 11 * 3600 < int(refused["Retry-After"]) <= 12 * 3600 + 1
        midnight = (NOON + timedelta(hours=12)).strftime("%Y-%m-%dT%H:%M:%S")
        assert refused.json()["params"]["limit_megabytes"] == 10
        assert refused.json()["params"]["resets_at"].startswith(midnight)
        assert "10 MB" in refused.json()["detail"]


def test_the_next_day_begins_anew(device: Device) -> None:
    with at(NOON):
        ticket(app_of(device), 10 * MB)
    with at(NOON + timedelta(hours=12)):
        assert ticket(app_of(device), 10 * MB).status_code == 201


@pytest.mark.usefixtures("one_day")
def test_others_have_room_of_their_own(app: APIClient, new_device: Callable[[], Device]) -> None:
    ticket(app, 10 * MB)
    assert ticket(app_of(new_device()), 10 * MB).status_code == 201


@pytest.mark.usefixtures("one_day")
def test_it_is_asked_by_the_statement_that_stores_the_ticket(app: APIClient) -> None:
    with CaptureQueriesContext(connection) as asked:
        ticket(app, MB)
    assert [query["sql"][:11] for query in asked if "emoji_photoupload" in query["sql"]] == ["INSERT INTO"]
