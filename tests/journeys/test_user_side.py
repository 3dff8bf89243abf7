"""A user checks a photo, waits for the emoji, deletes it, and takes another order back, on the running product."""

from typing import Any

from dev.mobile_app import MobileApp
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
