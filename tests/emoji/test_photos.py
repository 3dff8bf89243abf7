"""A photo is judged by its header; what we work with is an upright copy that tells nothing but pixels."""

import struct
import subprocess
import sys
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, PngImagePlugin

from apps.emoji.image_errors import REFUSALS
from apps.emoji.photos import MAX_BYTES, SMALL_PX, PhotoRefused, inspect, normalised, small_square
from dev.project import ROOT

SIZE = (480, 400)


def photo(image_format: str = "JPEG", size: tuple[int, int] = SIZE, mode: str = "RGB", **options: object) -> bytes:
    out = BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else None).save(out, image_format, **options)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that only claims its size."""
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + _chunk(b"IDAT", b"")
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def refused(content: bytes, declared: str = "image/jpeg") -> str:
    with pytest.raises(PhotoRefused) as refusal:
        inspect(content, declared)
    return refusal.value.code


@pytest.mark.parametrize(
    ("image_format", "content_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("BMP", "image/bmp")],
)
def test_the_four_types_are_taken(image_format: str, content_type: str) -> None:
    facts = inspect(photo(image_format), content_type)
    assert (facts.content_type, facts.width, facts.height) == (content_type, *SIZE)


@pytest.mark.parametrize(
    "content",
    [b"", b"x", b"hello" * 100, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\xff\xd8<html>", b"%PDF-1.7"],
    ids=["nothing", "a byte", "text", "svg", "html with a jpeg's first bytes", "pdf"],
)
def test_what_is_no_image_is_refused(content: bytes) -> None:
    assert refused(content) == "image_unreadable"


@pytest.mark.parametrize("image_format", ["GIF", "TIFF", "ICO"])
def test_other_images_are_refused(image_format: str) -> None:
    assert refused(photo(image_format)) == "image_unreadable"


def test_another_type_than_the_declared_one_is_refused() -> None:
    assert refused(photo("PNG"), "image/jpeg") == "image_type_unsupported"


def test_a_moving_image_is_refused() -> None:
    frames = [Image.new("RGB", SIZE, colour) for colour in ("red", "green")]
    out = BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    assert refused(out.getvalue(), "image/webp") == "image_type_unsupported"


def test_a_photo_with_another_picture_behind_it_is_the_first_one() -> None:
    """As an iPhone writes a JPEG, with a map of its light."""
    both = photo("MPO", save_all=True, append_images=[Image.new("L", (240, 200))])
    assert Image.open(BytesIO(both)).format == "MPO"
    assert inspect(both, "image/jpeg").width == SIZE[0]
    assert Image.open(BytesIO(normalised(both))).size == SIZE


@pytest.mark.parametrize("size", [(399, 800), (800, 399), (7001, 400), (5001, 5000)], ids=str)
def test_a_side_or_area_out_of_bounds_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(PhotoRefused) as refusal:
        inspect(png_header(*size), "image/png")
    told = REFUSALS["image_dimensions_invalid"](**refusal.value.params)
    assert (refusal.value.code, set(told.params)) == (told.code, set(told.param_names))
    assert told.sentence.startswith(f"It has {size[0]} × {size[1]} pixels; each side must have 400 to 7000")


@pytest.mark.parametrize("side", [13_000, 30_000, 60_000])
def test_a_pixel_bomb_is_refused_by_its_header(side: int) -> None:
    assert refused(png_header(side, side), "image/png") in ("image_dimensions_invalid", "image_unreadable")
    with pytest.raises(PhotoRefused) as refusal:
        normalised(png_header(side, side))
    told = REFUSALS[refusal.value.code](**refusal.value.params)
    assert set(told.params) == set(told.param_names)


def test_too_many_bytes_are_refused() -> None:
    assert refused(photo() + b"\0" * MAX_BYTES) == "image_too_large"


def test_a_cut_off_photo_passes_the_header_and_is_refused_when_decoded() -> None:
    whole = photo(size=(2000, 2000))
    assert inspect(whole[: len(whole) // 2], "image/jpeg").width == 2000
    with pytest.raises(PhotoRefused, match="image_unreadable"):
        normalised(whole[: len(whole) // 2])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_copy_is_upright_whatever_the_camera_noted(orientation: int) -> None:
    upright = Image.new("RGB", (400, 600), "white")
    ImageDraw.Draw(upright).rectangle((0, 0, 200, 150), fill="black")
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = BytesIO()
    stored.save(out, "JPEG", exif=exif)
    copy = Image.open(BytesIO(normalised(out.getvalue())))
    assert copy.size == (400, 600)
    corners = [sum(copy.getpixel(place)) > 384 for place in ((20, 20), (380, 20), (20, 580))]  # type: ignore[arg-type]  # of colours a pixel is several numbers
    assert corners == [False, True, True]


def test_notes_that_the_camera_made_of_a_wrong_type_spoil_no_photo() -> None:
    """Its software's name is a number below zero."""
    entries = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + struct.pack("<HHIi", 0x0131, 9, 1, -1)
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + entries + struct.pack("<I", 0)
    assert Image.open(BytesIO(normalised(photo(exif=exif)))).size == SIZE[::-1]


@pytest.mark.parametrize("name", ["exif", "xmp", "Raw profile type exif"])
def test_a_text_that_is_called_like_the_cameras_notes_spoils_no_photo(name: str) -> None:
    assert Image.open(BytesIO(normalised(photo("PNG", pnginfo=_text(name))))).size == SIZE


def test_a_text_that_is_called_like_a_fact_of_the_pixels_makes_it_unreadable() -> None:
    with pytest.raises(PhotoRefused, match="image_unreadable"):
        normalised(photo("PNG", pnginfo=_text("transparency")))


def _text(name: str) -> PngImagePlugin.PngInfo:
    texts = PngImagePlugin.PngInfo()
    texts.add_text(name, "\n\n\nno number", zip=True)
    return texts


def test_the_copy_says_nothing_of_place_camera_or_profile() -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825)[1] = "N"
    out = BytesIO()
    Image.new("RGB", SIZE).save(out, "JPEG", exif=exif, icc_profile=b"profile" * 20, comment=b"a secret")
    copy = normalised(out.getvalue())
    assert b"A camera" not in copy
    assert b"a secret" not in copy
    assert set(Image.open(BytesIO(copy)).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize(("size", "side"), [((1200, 800), SMALL_PX), ((800, 2000), SMALL_PX), (SIZE, SIZE[1])], ids=str)
def test_a_small_square_is_the_middle_and_never_larger_than_the_photo(size: tuple[int, int], side: int) -> None:
    whole, short = Image.new("RGB", size, "black"), min(size)
    left, top = ((length - short) // 2 for length in size)
    ImageDraw.Draw(whole).rectangle((left, top, left + short - 1, top + short - 1), fill="white")
    out = BytesIO()
    whole.save(out, "PNG")
    square = Image.open(BytesIO(small_square(out.getvalue())))
    assert (square.format, square.size) == ("JPEG", (side, side))
    assert min(square.convert("L").getpixel((place, place)) for place in (4, side - 5)) > 200  # type: ignore[operator, type-var]  # of one band a pixel is a number


def test_a_small_square_is_upright_and_says_nothing_of_place_or_camera() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "A camera"
    stored = Image.new("RGB", (800, 800), "white")
    ImageDraw.Draw(stored).rectangle((0, 0, 400, 400), fill="black")
    out = BytesIO()
    stored.save(out, "JPEG", exif=exif, comment=b"a secret")
    content = small_square(out.getvalue())
    square = Image.open(BytesIO(content)).convert("L")
    assert [square.getpixel(place) > 128 for place in ((20, 20), (490, 20), (20, 490))] == [True, False, True]  # type: ignore[operator]  # of one band a pixel is a number
    assert not Image.open(BytesIO(content)).getexif()
    assert b"A camera" not in content
    assert b"a secret" not in content


def test_a_small_square_of_a_bomb_or_of_half_a_photo_is_refused() -> None:
    for content in (png_header(30_000, 30_000), photo(size=(2000, 2000))[:4000]):
        with pytest.raises(PhotoRefused):
            small_square(content)


@pytest.mark.parametrize(
    ("image_format", "mode"),
    [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "I;16"), ("JPEG", "CMYK"), ("PNG", "1")],
)
def test_every_kind_of_pixel_becomes_plain_colour(image_format: str, mode: str) -> None:
    copy = Image.open(BytesIO(normalised(photo(image_format, mode=mode))))
    assert (copy.format, copy.mode, copy.size) == ("JPEG", "RGB", SIZE)


def test_transparency_becomes_white() -> None:
    copy = Image.open(BytesIO(normalised(photo("PNG", mode="RGBA"))))
    assert copy.getpixel((5, 5)) == (255, 255, 255)


# Not by resource.getrusage, which begins with what the process had that started this one.
TWO_AT_ONCE = """
import sys
from pathlib import Path
from threading import Thread
from apps.emoji.photos import normalised

photo = sys.stdin.buffer.read()
threads = [Thread(target=normalised, args=(photo,)) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
told = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
print(int(told["VmHWM"].split()[0]) // 1024)
"""


def test_two_photos_at_once_take_no_more_memory_than_a_container_has_for_a_process() -> None:
    """WEBP is the dearest: its decoder has three images of its own."""
    exif = Image.Exif()
    exif[0x0112] = 6
    largest = photo("WEBP", (5000, 5000), "RGBA", exif=exif)
    ran = subprocess.run([sys.executable, "-c", TWO_AT_ONCE], input=largest, capture_output=True, check=True, cwd=ROOT)
    assert int(ran.stdout) < 600, "megabytes"
