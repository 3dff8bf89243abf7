"""A photo of too many parts is refused unread; photos as they are have far fewer."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from apps.emoji import photo_parts
from apps.emoji.photo_parts import MOST_PARTS, MOST_SCANS
from apps.emoji.photos import PhotoRefused, inspect, normalised
from tests.conftest import a_portrait

SCAN = b"\xff\xda" + struct.pack(">H", 8) + bytes([1, 1, 0, 1, 63, 0]) + b"\x7f\xff\x00"
END = b"\xff\xd9"


def image(image_format: str, **options: object) -> bytes:
    out = BytesIO()
    Image.effect_noise((480, 400), 50).save(out, image_format, **options)
    return out.getvalue()


def chunk(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + b"IDAT" + content + struct.pack(">I", zlib.crc32(b"IDAT" + content))


def bmp(compression: int) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, 500, 500, 1, 8, compression, 0, 0, 0, 256, 256)
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + 40 + 1024) + header + bytes(1024)


@pytest.mark.parametrize(
    "photo",
    [
        a_portrait(),
        image("JPEG", progressive=True, optimize=True),
        image("JPEG", icc_profile=bytes(range(256)) * 8000),
        image("JPEG", restart_marker_blocks=1),
        image("PNG"),
        image("BMP"),
        bmp(compression=3),
        b"",
        b"BM",
    ],
    ids=[
        "a portrait",
        "progressive",
        "a large profile",
        "restarts",
        "PNG",
        "BMP",
        "a BMP with masks",
        "none",
        "a word",
    ],
)
def test_photos_as_they_are_have_few(photo: bytes) -> None:
    assert not photo_parts.are_too_many(photo)


def test_what_a_phone_puts_behind_a_photo_is_no_part_of_it() -> None:
    film = image("JPEG") + SCAN * (MOST_SCANS + 1) + b"\xff\xe0\x00\x02" * MOST_PARTS
    assert not photo_parts.are_too_many(film)
    assert inspect(film, "image/jpeg").width == 480


@pytest.mark.parametrize(
    "photo",
    [
        image("JPEG").removesuffix(END) + SCAN * MOST_SCANS + END,
        image("JPEG").removesuffix(END) + b"\xff\x02\xff\xff" + SCAN * MOST_SCANS + END,
        image("JPEG")[:2] + END + image("JPEG")[2:].removesuffix(END) + SCAN * MOST_SCANS,
    ],
    ids=["one after the other", "behind a marker of nothing", "behind an end that comes too early"],
)
def test_scans_are_counted_wherever_a_decoder_finds_them(photo: bytes) -> None:
    assert photo_parts.are_too_many(photo)


@pytest.mark.parametrize("part", [b"\xff\xe5\x00\x02", b"\xff\xfe\x00\x02", b"\xff\xd0", b"\xff", b"\x00"], ids=repr)
def test_what_stands_before_the_first_scan_is_counted(part: bytes) -> None:
    photo = image("JPEG")
    assert not photo_parts.are_too_many(photo[:2] + part * 1000 + photo[2:])
    assert photo_parts.are_too_many(photo[:2] + part * (MOST_PARTS + 1) + photo[2:])
    assert photo_parts.are_too_many(b"\xff\xd8" + part * (MOST_PARTS + 2))


def test_chunks_are_counted() -> None:
    photo = image("PNG")
    assert not photo_parts.are_too_many(photo[:33] + chunk(b"") * 1000 + photo[33:])
    assert photo_parts.are_too_many(photo[:33] + chunk(b"") * MOST_PARTS + photo[33:])


@pytest.mark.parametrize("compression", [1, 2])
def test_a_bmp_of_runs_has_more_than_anybody_counts(compression: int) -> None:
    assert photo_parts.are_too_many(bmp(compression))


def test_such_a_photo_is_refused_before_anything_looks_at_it() -> None:
    bomb = image("JPEG").removesuffix(END) + SCAN * 200_000 + END
    with pytest.raises(PhotoRefused, match="image_unreadable"):
        inspect(bomb, "image/jpeg")
    with pytest.raises(PhotoRefused, match="image_unreadable"):
        normalised(bomb)
