"""Pictures of users lie beside the photos, in OSS over HTTP."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import requests
from PIL import Image
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.errors import DependencyUnavailable
from apps.emoji import avatar_store, backends
from apps.emoji.models import PhotoUpload
from apps.emoji.uploads import UploadExpired
from dev.fake_oss import Behaviour, FakeOss, fails, sends_half
from tests.emoji.conftest import UPLOADS, sweep

PROFILE = "/api/v1/user/profile"


def photo_of_a_phone() -> bytes:
    """Taken upright, stored lying, and full of notes."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825)[1] = "N"
    out = BytesIO()
    Image.new("RGB", (1600, 1200), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
def photo_id(oss: FakeOss, app: APIClient) -> str:
    photo = photo_of_a_phone()
    wish = {"content_type": "image/jpeg", "content_length": len(photo), "purpose": "avatar"}
    ticket = app.post(UPLOADS, wish, format="json").json()
    requests.put(ticket["url"], photo, headers=ticket["headers"], timeout=60).raise_for_status()
    return str(ticket["upload_id"])


def test_a_link_of_oss_brings_the_picture_and_nothing_that_the_camera_noted(
    oss: FakeOss, app: APIClient, photo_id: str, settings: Any
) -> None:
    oss.secrets = {settings.OSS_ACCESS_KEY_ID: settings.OSS_ACCESS_KEY_SECRET}
    url = app.patch(PROFILE, {"avatar_upload_id": photo_id}, format="json").json()["avatar_url"]
    answer = requests.get(url, timeout=60)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    picture = Image.open(BytesIO(answer.content))
    assert (picture.size, dict(picture.getexif())) == ((512, 512), {})
    assert b"A camera" not in answer.content
    # The link is the whole right to it.
    assert requests.get(url.partition("?")[0], timeout=60).status_code == 403


def test_what_is_shown_no_more_is_gone_from_oss(oss: FakeOss, app: APIClient, user: User, photo_id: str) -> None:
    url = app.patch(PROFILE, {"avatar_upload_id": photo_id}, format="json").json()["avatar_url"]
    app.patch(PROFILE, {"avatar_upload_id": None}, format="json")
    sweep(timedelta(seconds=1))
    assert requests.get(url, timeout=60).status_code == 404
    assert [key for key in oss.objects if key.startswith("avatars/")] == []
    # The photo has its own time.
    assert PhotoUpload.objects.get().key in oss.objects


@pytest.mark.parametrize("trouble", [fails(500, "InternalError"), sends_half])
def test_a_store_that_does_not_give_the_photo_out_is_an_outage(
    oss: FakeOss, user: User, photo_id: str, trouble: Behaviour
) -> None:
    avatar_store.picture(user.id, int(photo_id))
    oss.next("GET", trouble)
    with pytest.raises(DependencyUnavailable):
        avatar_store.picture(user.id, int(photo_id))


def test_a_photo_that_went_since_it_was_looked_at_is_too_old(oss: FakeOss, user: User, photo_id: str) -> None:
    avatar_store.picture(user.id, int(photo_id))
    backends.photo_store().delete(PhotoUpload.objects.get().key)
    with pytest.raises(UploadExpired):
        avatar_store.picture(user.id, int(photo_id))


def test_a_store_that_does_not_take_the_copy_is_an_outage(oss: FakeOss) -> None:
    oss.next("PUT", fails(500, "InternalError"))
    with pytest.raises(DependencyUnavailable):
        avatar_store.write("avatars/1/a.jpg", b"a face")
