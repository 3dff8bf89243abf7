"""The mock passes through every stage and forgets nothing, because it remembers nothing."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from apps.emoji.local_store import LocalStore
from apps.emoji.mock_provider import MockProvider
from apps.emoji.provider import Photo, ProviderError, Status

PHOTO = Photo("photos/1.jpg", "http://testserver/photo")


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_mock(tmp_path: Path, portrait: bytes, clock: Clock) -> Any:
    store = LocalStore(tmp_path, "http://testserver", "key")
    store.write(PHOTO.key, portrait, content_type="image/jpeg")
    return lambda: MockProvider(store, queue_seconds=1, run_seconds=3, clock=clock)


def test_a_task_takes_its_time(make_mock: Any, clock: Clock) -> None:
    mock = make_mock()
    task_id = mock.submit(PHOTO, "mengwa_kaixin", mock.detect(PHOTO))
    seen = []
    for clock.now in (1_000.5, 1_002, 1_004):
        seen.append(mock.ask(task_id).status)
    assert seen == [Status.PENDING, Status.RUNNING, Status.SUCCEEDED]


def test_another_process_goes_on_where_this_one_died(make_mock: Any, clock: Clock) -> None:
    first, second = make_mock(), make_mock()
    task_id = first.submit(PHOTO, "mengwa_kaixin", first.detect(PHOTO))
    clock.now += 10
    clip = second.download(second.ask(task_id))
    assert clip.content_type == "image/webp"
    assert Image.open(BytesIO(clip.content)).n_frames >= 8  # type: ignore[attr-defined]  # of animations only


def test_the_extended_box_is_a_square_around_the_face_within_the_photo(make_mock: Any) -> None:
    boxes = make_mock().detect(PHOTO)
    left, top, right, bottom = boxes.extended
    assert right - left == bottom - top
    assert left <= boxes.face[0] < boxes.face[2] <= right <= 512
    assert top <= boxes.face[1] < boxes.face[3] <= bottom <= 512


def test_two_tasks_of_one_photo_have_two_ids(make_mock: Any) -> None:
    mock = make_mock()
    boxes = mock.detect(PHOTO)
    assert mock.submit(PHOTO, "mengwa_kaixin", boxes) != mock.submit(PHOTO, "mengwa_kaixin", boxes)


def test_a_photo_that_is_gone_or_a_made_up_task_is_an_error(make_mock: Any) -> None:
    with pytest.raises(ProviderError, match="photo_unreadable"):
        make_mock().detect(Photo("photos/2.jpg", ""))
    with pytest.raises(ProviderError, match="provider_failed"):
        make_mock().ask("made-up")
