"""A phone that shows a picture of its user, and what the photo store then holds."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from rest_framework.test import APIClient

from apps.accounts import avatars
from apps.accounts.models import User
from apps.emoji import backends
from tests.emoji.conftest import upload

PROFILE = "/api/v1/user/profile"
AT_ONCE = timedelta(seconds=1)
LATER = avatars.TAKEN_WITHIN + timedelta(minutes=1)


def show(app: APIClient, upload_id: str | None, **headers: str) -> Any:
    return app.patch(PROFILE, {"avatar_upload_id": upload_id}, format="json", headers=headers)


def shown(app: APIClient) -> str | None:
    url: str | None = app.get(PROFILE).json()["avatar_url"]
    return url


def fetched(url: str | None) -> Image.Image:
    assert url
    answer = APIClient().get(url.removeprefix("http://testserver"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    return Image.open(BytesIO(answer.content))


def key_of(user: User) -> str:
    return User.objects.get(id=user.id).avatar_key


def copies(settings: Any) -> list[str]:
    folder = Path(settings.LOCAL_PHOTO_DIR)
    return [str(path.relative_to(folder)) for path in folder.glob("avatars/**/*") if path.is_file()]


@pytest.fixture
def photo(app: APIClient, portrait: bytes) -> str:
    return upload(app, portrait)


def once_a_copy_is_stored(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], Any]) -> None:
    """Something happens before whoever stored it can say so."""
    store = backends.photo_store()
    write = store.write

    def stored(key: str, content: bytes, *, content_type: str) -> None:
        write(key, content, content_type=content_type)
        meanwhile()

    monkeypatch.setattr(store, "write", stored)
