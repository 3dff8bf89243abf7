"""A clip out of the user's own photo: the face's square, moved the way the expression suggests."""

import math
from collections.abc import Callable
from io import BytesIO

from PIL import Image

from apps.emoji.provider import Box

SIDE = 512
FRAMES = 16
FRAME_MS = 80

# How far the picture is zoomed, turned (degrees) and shifted (px, right and down) at a point of the loop, 0 to 2π.
Motion = Callable[[float], tuple[float, float, float, float]]


def _bounce(at: float) -> tuple[float, float, float, float]:
    return 1.08, 0, 0, -24 * abs(math.sin(at))


def _tilt(at: float) -> tuple[float, float, float, float]:
    return 1.25, 9 * math.sin(at), 0, 0


def _zoom(at: float) -> tuple[float, float, float, float]:
    return 1.2 + 0.15 * math.sin(at), 0, 0, 0


def _shake(at: float) -> tuple[float, float, float, float]:
    return 1.12, 2 * math.sin(3 * at), 16 * math.sin(3 * at), 0


MOTIONS: dict[str, Motion] = {
    "dengyan": _zoom,
    "gandong": _zoom,
    "qidai": _zoom,
    "kun": _tilt,
    "lei": _tilt,
    "landuo": _tilt,
    "kunhuo": _tilt,
    "wunai": _tilt,
    "zhuakuang": _shake,
    "xianqi": _shake,
    "jidong": _shake,
}


def draw(photo: bytes, square: Box, driven_id: str) -> bytes:
    """An animated WebP of 512 × 512. The motion is that of the expression's name, else a bounce."""
    face = Image.open(BytesIO(photo)).convert("RGB").crop(square).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    motion = next((MOTIONS[word] for word in driven_id.split("_") if word in MOTIONS), _bounce)
    frames = [_frame(face, motion(2 * math.pi * number / FRAMES)) for number in range(FRAMES)]
    out = BytesIO()
    frames[0].save(
        out, "WEBP", save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0, quality=80, method=2
    )
    return out.getvalue()


def _frame(face: Image.Image, pose: tuple[float, float, float, float]) -> Image.Image:
    zoom, turn, right, down = pose
    turned = face.rotate(turn, Image.Resampling.BILINEAR, translate=(int(right), int(down)))
    margin = (SIDE - SIDE / zoom) / 2
    return turned.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=(margin, margin, SIDE - margin, SIDE - margin))
