"""The Celery app with a provider of no seconds in its own process: what remains is our own work for an emoji.

`celery -A dev.instant_celery worker`, with ALIYUN_EMOJI_MOCK=true.
"""

from importlib import import_module
from secrets import token_hex
from typing import Any

from celery.signals import worker_init

from apps.emoji.photo_store import PhotoStore
from apps.emoji.provider import Clip, FaceBoxes, Page, Photo, Progress, Status, Window
from dev.fake_dashscope import CLIP
from pickitchen.celery import app

__all__ = ["app"]


class InstantProvider:
    name = "mock"

    def __init__(self, store: PhotoStore) -> None:
        """As the mock is made."""

    def detect(self, photo: Photo) -> FaceBoxes:
        return FaceBoxes((212, 194, 460, 441), (63, 30, 509, 476))

    def submit(self, photo: Photo, driven_id: str, boxes: FaceBoxes) -> str:
        return token_hex(16)

    def ask(self, provider_task_id: str) -> Progress:
        return Progress(Status.SUCCEEDED, provider_task_id)

    def list_page(self, window: Window, page: int) -> Page:
        return Page([], is_last=True)

    def download(self, progress: Progress) -> Clip:
        return Clip(CLIP, "video/mp4")


@worker_init.connect
def put_it_in_the_mocks_place(**_: Any) -> None:
    """Before the worker's children are forked; the apps are there by now."""
    vars(import_module("apps.emoji.backends"))["MockProvider"] = InstantProvider
