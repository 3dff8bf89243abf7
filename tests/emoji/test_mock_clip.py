"""The mock's clip is made of the user's own photo, and it moves."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from apps.emoji.mock_clip import FRAMES, draw

SQUARE = (25, 25, 487, 487)


def frames(clip: bytes) -> list[Image.Image]:
    image = Image.open(BytesIO(clip))
    pictures = []
    for number in range(image.n_frames):  # type: ignore[attr-defined]  # of animations only
        image.seek(number)
        pictures.append(image.convert("RGB"))
    return pictures


def difference(one: Image.Image, other: Image.Image) -> float:
    """0 for the same picture, up to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


@pytest.mark.parametrize(
    "driven_id", ["mengwa_kaixin", "mengwa_kun_1", "dagong_zhuakuang", "jingdian_qidai", "unheard_of"]
)
def test_it_moves(portrait: bytes, driven_id: str) -> None:
    pictures = frames(draw(portrait, SQUARE, driven_id))
    assert len(pictures) == FRAMES >= 8
    assert pictures[0].size == (512, 512)
    assert max(difference(pictures[0], picture) for picture in pictures) > 3


def test_it_shows_the_given_photo(portrait: bytes) -> None:
    face = Image.open(BytesIO(portrait)).convert("RGB").crop(SQUARE).resize((512, 512))
    stranger = Image.new("RGB", (512, 512), "grey")
    first = frames(draw(portrait, SQUARE, "mengwa_kaixin"))[0]
    assert difference(first, face) < difference(first, stranger) / 2


def test_expressions_move_differently(portrait: bytes) -> None:
    assert draw(portrait, SQUARE, "mengwa_kun_1") != draw(portrait, SQUARE, "dagong_zhuakuang")
