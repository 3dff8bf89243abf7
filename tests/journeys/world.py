"""One user with an app, for calls of every kind."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import Device, User
from apps.emoji import backends
from apps.emoji.models import EmojiTask, EmojiTemplate
from tests.emoji.conftest import DETECTIONS, create, upload
from tests.fakes import ScriptedProvider

API = "/api/v1"
LOGIN, EXPORT = f"{API}/auth/login", f"{API}/user/export"


@dataclass
class World:
    """A user with an app, and what can be changed around them."""

    app: APIClient
    user: User
    device: Device
    anonymous: APIClient
    template: EmojiTemplate
    portrait: bytes
    settings: Any
    monkeypatch: pytest.MonkeyPatch
    folder: Path
    give_points: Callable[..., None]

    def configure(self, **keys: Any) -> None:
        file = self.folder / f"{uuid4()}.json"
        file.write_text(json.dumps(keys))
        self.settings.REMOTE_CONFIG_FILE = str(file)

    def provider(self, *detections: Any) -> ScriptedProvider:
        scripted = ScriptedProvider()
        scripted.next("detect", *detections)
        self.monkeypatch.setattr(backends, "provider", cache(lambda: scripted))
        return scripted

    def photo(self, content: bytes = b"", content_type: str = "image/jpeg") -> str:
        return upload(self.app, content or self.portrait, content_type)

    def order(self, upload_id: str = "", key: str = "", **fields: Any) -> Any:
        return create(self.app, upload_id or self.photo(), key, **fields)

    def ordered(self) -> EmojiTask:
        self.give_points(self.user, 1000)
        return EmojiTask.objects.get(id=int(self.order().json()["id"]))

    def check(self, upload_id: str = "") -> Any:
        return self.app.post(DETECTIONS, {"upload_id": upload_id or self.photo()}, format="json")

    def log_in(self, device_id: str, secret: str = "") -> Any:
        shown = {"device_id": device_id, "platform": "ios", "app_version": "1.0.0"}
        return self.anonymous.post(LOGIN, shown | ({"device_secret": secret} if secret else {}), format="json")

    def refresh(self, token: str) -> Any:
        return self.anonymous.post(f"{API}/auth/refresh", {"refresh_token": token}, format="json")
