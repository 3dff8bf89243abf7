"""A photo whose SHA-256 its app announced is used only if it is that photo."""

from hashlib import sha256
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.emoji.models import Detection, EmojiTask, EmojiTemplate, PhotoUpload
from apps.points.models import UserPoints
from tests.emoji.conftest import UPLOADS, check, create, upload
from tests.fakes import ScriptedProvider

ANOTHER = sha256(b"another photo").hexdigest()


@pytest.mark.parametrize("spelled", [str.lower, str.upper])
def test_the_announced_photo_becomes_an_emoji(
    app: APIClient, rich: User, template: EmojiTemplate, portrait: bytes, spelled: Any
) -> None:
    upload_id = upload(app, portrait, sha256=spelled(sha256(portrait).hexdigest()))
    assert create(app, upload_id).status_code == 201


def test_another_photo_than_the_announced_is_not_used_and_costs_nothing(
    app: APIClient, rich: User, template: EmojiTemplate, portrait: bytes, provider: ScriptedProvider
) -> None:
    upload_id = upload(app, portrait, sha256=ANOTHER)
    for refused in (check(app, upload_id), create(app, upload_id), create(app, upload_id)):
        assert (refused.status_code, refused.json()["code"]) == (422, "image_checksum_mismatch")
        arrived = sha256(portrait).hexdigest()
        assert refused.json()["params"] == {"declared_sha256": ANOTHER, "arrived_sha256": arrived}
    assert UserPoints.objects.get(user=rich).balance == 1000
    assert not Detection.objects.exists()
    assert not EmojiTask.objects.exists()


def test_what_is_no_photo_at_all_is_another_one_first(app: APIClient) -> None:
    """No decoder looks at what was not announced."""
    assert check(app, upload(app, b"no photo", sha256=ANOTHER)).json()["code"] == "image_checksum_mismatch"


@pytest.mark.parametrize("sent", ["", "0" * 63, "0" * 65, "g" * 64, 0, None])
def test_what_is_no_sha256_is_refused(app: APIClient, sent: Any) -> None:
    wanted = {"content_type": "image/jpeg", "content_length": 1000, "sha256": sent}
    answer = app.post(UPLOADS, wanted, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/sha256")
    assert not PhotoUpload.objects.exists()


def test_the_database_keeps_it_so(app: APIClient, portrait: bytes) -> None:
    row = PhotoUpload.objects.filter(id=int(upload(app, portrait, sha256=ANOTHER)))
    with pytest.raises(IntegrityError, match="checked_photo_is_the_declared"):
        row.update(checked_at=timezone.now(), width=400, height=400, sha256="0" * 64)
