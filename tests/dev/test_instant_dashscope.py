"""The provider for load takes what our client sends, and refuses what the vendor would."""

import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from apps.emoji.dashscope import DashScope
from apps.emoji.provider import FaceBoxes, Photo, ProviderError, Status
from dev.free_port import LOOPBACK
from dev.instant_dashscope import application

PHOTO = Photo("key", "https://photos.example/1.jpg")


class Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def dashscope() -> Iterator[DashScope]:
    with make_server(LOOPBACK, 0, application, handler_class=Silent) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield DashScope("key", f"http://{LOOPBACK}:{server.server_port}/api/v1", LOOPBACK)
        server.shutdown()


def test_a_clip_is_there_at_once(dashscope: DashScope) -> None:
    task_id = dashscope.submit(PHOTO, "mengwa_kaixin", dashscope.detect(PHOTO))
    progress = dashscope.ask(task_id)
    assert progress.status == Status.SUCCEEDED
    assert dashscope.download(progress).content_type == "video/mp4"


@pytest.mark.parametrize(
    ("driven_id", "boxes"),
    [("no_such", FaceBoxes((1, 1, 9, 9), (1, 1, 9, 9))), ("mengwa_kaixin", FaceBoxes((9, 9, 1, 1), (1, 1, 9, 9)))],
)
def test_a_wrong_submission_is_refused(dashscope: DashScope, driven_id: str, boxes: FaceBoxes) -> None:
    with pytest.raises(ProviderError, match="provider_rejected"):
        dashscope.submit(PHOTO, driven_id, boxes)
