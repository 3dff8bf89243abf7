"""What a photo must be, seen before it is decoded, and the copy of it that everything works with.

Limits: the provider takes JPEG, PNG, BMP and WEBP, 400 to 7000 px a side, 10 MB (emoji-detect API page); 25 Mpx is
ours, because a decoded pixel takes three bytes of a worker's memory.
"""

import struct
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Any

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from apps.emoji import photo_parts

MAX_BYTES = 10 * 1024 * 1024
MIN_PX = 400
MAX_PX = 7000
MAX_PIXELS = 25_000_000
CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "BMP": "image/bmp"}
# Pillow's name of a JPEG with more pictures behind the first: phones put there what tells light or depth.
MULTI_PICTURE = "MPO"
BACKGROUND = "white"
JPEG_QUALITY = 92
SMALL_PX = 512
# What Pillow's decoders raise for broken pixels, and for a text of a PNG that is called like a fact of theirs.
BROKEN = (OSError, SyntaxError, ValueError, ArithmeticError, EOFError, TypeError, struct.error)
# What makes a photo upright, by how its camera was held (EXIF 2.32, Orientation).
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_DECODER = Lock()


class PhotoRefused(Exception):
    """`code` is one of contract 2.1 for images; `params` go with it."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params: Mapping[str, Any] = params


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    content_type: str
    width: int
    height: int


def inspect(content: bytes, declared_type: str) -> PhotoFacts:
    """By the header alone, without decoding a pixel. Raises PhotoRefused."""
    if len(content) > MAX_BYTES:
        raise PhotoRefused("image_too_large", max_bytes=MAX_BYTES)
    image = _opened(content)
    if CONTENT_TYPES[_format(image)] != declared_type:
        raise PhotoRefused("image_type_unsupported", allowed=[declared_type])
    width, height = image.size
    if not (min(width, height) >= MIN_PX and max(width, height) <= MAX_PX and width * height <= MAX_PIXELS):
        raise _wrong_size(image)
    return PhotoFacts(declared_type, width, height)


def normalised(content: bytes) -> bytes:
    """The photo upright, as JPEG, without EXIF, colour profile or any other block of data. Raises PhotoRefused."""
    return _made_anew(content, lambda image: image)


def small_square(content: bytes) -> bytes:
    """The middle of the photo, as `normalised`; a smaller one is not made larger. Raises PhotoRefused."""
    return _made_anew(content, _small_square)


def _made_anew(content: bytes, shaped: Callable[[Image.Image], Image.Image]) -> bytes:
    """One after the other in a process: one alone may take four hundred megabytes."""
    with _DECODER:
        try:
            return _as_jpeg(shaped(_upright(*_decoded(content))))
        except BROKEN as error:
            raise PhotoRefused("image_unreadable") from error


def _small_square(image: Image.Image) -> Image.Image:
    side = min(SMALL_PX, *image.size)
    return ImageOps.fit(image, (side, side))


def _decoded(content: bytes) -> tuple[Image.Image, Any]:
    """The pixels, and how the camera was held; what decoded them is let go."""
    image = _opened(content)
    if image.width * image.height > MAX_PIXELS:
        raise _wrong_size(image)
    image.load()
    return _flat(image), _orientation(image)


def _opened(content: bytes) -> Image.Image:
    if photo_parts.are_too_many(content):
        raise PhotoRefused("image_unreadable")
    try:
        with warnings.catch_warnings():
            # The size is ours to judge; Pillow only warns of it.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(content), formats=tuple(CONTENT_TYPES))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise PhotoRefused("image_unreadable") from error
    if image.format != MULTI_PICTURE and getattr(image, "n_frames", 1) != 1:
        raise PhotoRefused("image_type_unsupported", allowed=sorted(CONTENT_TYPES.values()))
    return image


def _wrong_size(image: Image.Image) -> PhotoRefused:
    limits = {"min_px": MIN_PX, "max_px": MAX_PX, "max_pixels": MAX_PIXELS}
    return PhotoRefused("image_dimensions_invalid", width=image.width, height=image.height, **limits)


def _format(image: Image.Image) -> str:
    return "JPEG" if image.format == MULTI_PICTURE else str(image.format)


def _orientation(image: Image.Image) -> Any:
    """As the camera noted it. What stands beside the pixels and cannot be read spoils no photo."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except Exception:
        return None


def _upright(image: Image.Image, orientation: Any) -> Image.Image:
    """Not by Pillow's `exif_transpose`, which writes the whole EXIF anew, and fails for much of what it could read."""
    turn = TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def _flat(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image if image.mode == "RGBA" else image.convert("RGBA")
    flat = Image.new("RGB", image.size, BACKGROUND)
    flat.paste(layered, mask=layered.getchannel("A"))
    return flat


def _as_jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    # save() would write along what came with the old one.
    image.info.clear()
    image.save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()
