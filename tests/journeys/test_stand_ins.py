"""`make dev ARGS=--fakes`: the whole way of a photo through OSS and DashScope, every signature and header checked."""

from io import BytesIO

from PIL import Image

from dev import stand_ins
from dev.fake_dashscope import CLIP
from tests.journeys.conftest import Product, wait_until


def test_an_emoji_is_made_with_the_stand_ins_alone(product: Product) -> None:
    product.env |= stand_ins.start(product.children, product.folder)
    product.start_web()
    app = product.app_with_points(200)
    task_id = str(app.create_task("mengwa_kaixin", product.upload(app))["id"])
    product.start_beat()
    product.start_worker()
    wait_until(lambda: app.task(task_id)["status"] in ("succeeded", "failed"), "the task ends")
    made = app.task(task_id)
    assert (made["status"], made["error"]) == ("succeeded", None)
    assert app.download(made["result"]["video_url"]) == CLIP
    assert made["result"]["content_type"] == "video/mp4"
    assert Image.open(BytesIO(app.download(made["result"]["cover_url"]))).format == "JPEG"
