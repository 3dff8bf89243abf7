"""A user checks a photo, waits for the emoji, deletes it, takes another order back, and shows a picture of themselves:
on the running product."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from django.utils import timezone
from PIL import Image

from apps.accounts.models import User
from apps.accounts.tasks import carry_out_deletions
from apps.emoji import backends
from apps.emoji.models import PhotoUpload
from dev.mobile_app import MobileApp
from tests.conftest import at
from tests.journeys.conftest import Product

LONGEST_WAIT = {"wait": 20}


def call(app: MobileApp, method: str, path: str, **request: Any) -> Any:
    return app.http.request(method, app.api + path, timeout=30, **request)


def test_from_the_check_of_a_photo_to_the_end_of_its_emoji(product: Product) -> None:
    product.start_web()
    product.start_worker()
    product.start_beat()
    app = product.app_with_points(200)
    upload_id = product.upload(app)
    checked = call(app, "POST", "/emoji/detections", json={"upload_id": upload_id}).json()
    assert checked["passed"] is True
    path = f"/emoji/tasks/{app.create_task('mengwa_kaixin', upload_id)['id']}"
    answer = call(app, "GET", path)
    while answer.json()["status"] in ("queued", "processing"):
        known = {"If-None-Match": answer.headers["ETag"]}
        later = call(app, "GET", path, params=LONGEST_WAIT, headers=known)
        assert later.status_code in (200, 304)
        answer = later if later.status_code == 200 else answer
    assert answer.json()["result_state"] == "available"
    assert app.download(answer.json()["result"]["video_url"])
    assert call(app, "DELETE", path).status_code == 204
    assert call(app, "GET", path).status_code == 404


def test_an_order_nobody_has_begun_is_taken_back(product: Product) -> None:
    product.start_web()
    app = product.app_with_points(200)
    task = app.create_task("mengwa_kaixin", product.upload(app))
    assert (task["cancelable"], app.balance()) == (True, 0)
    canceled = call(app, "POST", f"/emoji/tasks/{task['id']}/cancel").json()
    assert (canceled["status"], canceled["points"]["refunded"], app.balance()) == ("canceled", 200, 200)


def test_a_picture_of_oneself_is_shown_until_the_account_is_gone(product: Product, settings: Any) -> None:
    product.start_web()
    app = product.app_with_points(200)
    seen = call(app, "GET", "/user/profile")
    wish = {"avatar_upload_id": product.upload(app)}
    set_ = call(app, "PATCH", "/user/profile", json=wish, headers={"If-Match": seen.headers["ETag"]})
    assert set_.status_code == 200
    url = app.login()["user"]["avatar_url"]
    picture = Image.open(BytesIO(app.download(url)))
    assert (picture.format, picture.size) == ("JPEG", (512, 512))
    assert call(app, "DELETE", "/user", json={"confirm": "DELETE"}).status_code == 202
    forgotten(product, settings)
    assert list((product.folder / "photos").rglob("*.jpg")) == []
    assert app.storage.get(url, timeout=30).status_code == 404


def forgotten(product: Product, settings: Any) -> None:
    """As beat has it done a day after the wait."""
    settings.LOCAL_PHOTO_DIR = product.folder / "photos"
    backends.forget()
    PhotoUpload.objects.update(created_at=timezone.now() - timedelta(days=1))
    with at(timezone.now() + timedelta(days=settings.ACCOUNT_DELETION_DAYS + 1)):
        carry_out_deletions()
    assert User.objects.get().erased_at
