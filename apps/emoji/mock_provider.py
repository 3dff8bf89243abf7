"""The provider for ALIYUN_EMOJI_MOCK: takes its time, passes through every stage, and makes a clip of the user's photo.

It keeps nothing: a task id says when it was submitted and for which photo. So a killed worker or web server loses
nothing, and every process knows every task.
"""

import time
from binascii import Error as NotBase64
from collections.abc import Callable
from io import BytesIO
from secrets import token_hex

import orjson
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from PIL import Image, UnidentifiedImageError

from apps.emoji import mock_clip
from apps.emoji.photo_store import ObjectMissing, PhotoStore
from apps.emoji.provider import Box, Clip, FaceBoxes, Page, Photo, Progress, ProviderError, Status, Window

LARGEST_PHOTO = 20 * 1024 * 1024
RESULT = "mock:"


class MockProvider:
    name = "mock"

    def __init__(
        self,
        store: PhotoStore,
        queue_seconds: float = 1.0,
        run_seconds: float = 3.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._queue_seconds = queue_seconds
        self._run_seconds = run_seconds
        self._clock = clock

    def detect(self, photo: Photo) -> FaceBoxes:
        """A portrait's face is in its middle, a little high."""
        try:
            width, height = Image.open(BytesIO(self._read(photo.key))).size
        except UnidentifiedImageError as error:
            raise ProviderError("photo_unreadable", raw=str(error)) from error
        return FaceBoxes(face=_square(width, height, 0.4), extended=_square(width, height, 0.9))

    def submit(self, photo: Photo, driven_id: str, boxes: FaceBoxes) -> str:
        known = [self._clock(), token_hex(8), photo.key, driven_id, boxes.extended]
        return urlsafe_base64_encode(orjson.dumps(known))

    def ask(self, provider_task_id: str) -> Progress:
        passed = self._clock() - _known(provider_task_id)[0]
        if passed < self._queue_seconds:
            return Progress(Status.PENDING)
        if passed < self._queue_seconds + self._run_seconds:
            return Progress(Status.RUNNING)
        return Progress(Status.SUCCEEDED, RESULT + provider_task_id)

    def list_page(self, window: Window, page: int) -> Page:
        return Page([], is_last=True)

    def download(self, progress: Progress) -> Clip:
        _, _, key, driven_id, square = _known(progress.result_url.removeprefix(RESULT))
        return Clip(mock_clip.draw(self._read(key), square, driven_id), "image/webp")

    def _read(self, key: str) -> bytes:
        try:
            return self._store.read(key, max_bytes=LARGEST_PHOTO)
        except ObjectMissing as error:
            raise ProviderError("photo_unreadable", raw=f"no object {key}") from error


def _known(provider_task_id: str) -> tuple[float, str, str, str, Box]:
    try:
        at, token, key, driven_id, square = orjson.loads(urlsafe_base64_decode(provider_task_id))
    except (NotBase64, ValueError) as error:
        raise ProviderError("provider_failed", raw="no task of the mock") from error
    return at, token, key, driven_id, (square[0], square[1], square[2], square[3])


def _square(width: int, height: int, part: float) -> Box:
    side = int(min(width, height) * part)
    left, top = (width - side) // 2, int((height - side) * 0.4)
    return left, top, left + side, top + side
