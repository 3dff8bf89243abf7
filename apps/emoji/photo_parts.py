"""Of how many parts a photo is made, counted before a decoder sees it.

Some formats let a few bytes cost as much as a whole image: each scan of a JPEG is a walk through all its pixels, and
Pillow looks at segments, chunks and runs of a BMP one by one, in Python. No photo of a camera comes near these limits.
"""

import re

# A photo has one scan, a progressive one about ten.
MOST_SCANS = 100
# Segments and what fills the room between them; chunks, which have 8 KiB of pixels or more.
MOST_PARTS = 20_000

JPEG, PNG, BMP = b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"BM"
# What is neither a byte of pixels, nor a restart amidst them, nor what may stand before another one.
MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)
START_OF_FRAME, START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN = 0xC0, 0xD8, 0xD9, 0xDA
RUN_LENGTHS = (1, 2)


def are_too_many(content: bytes) -> bool:
    """Also in an image that is broken; what is none has no parts."""
    if content.startswith(JPEG):
        return _is_long_jpeg(content)
    if content.startswith(PNG):
        return _is_long_png(content)
    return content.startswith(BMP) and int.from_bytes(content[30:34], "little") in RUN_LENGTHS and content[14] > 12


def _is_long_jpeg(content: bytes) -> bool:
    """As libjpeg goes from marker to marker, up to the end of the image: phones put films behind it."""
    scans = segments = place = 0
    while found := MARKER.search(content, place):
        kind = found[1][0]
        # Before the first scan all that stands between segments is looked at byte by byte.
        segments += 1 if scans else found.end() - place - 1
        scans += kind == START_OF_SCAN
        if scans > MOST_SCANS or segments > MOST_PARTS:
            return True
        if scans and kind == END_OF_IMAGE:
            return False
        place = found.end() + _length(content, kind, found.end())
    return len(content) - place > MOST_PARTS and not scans


def _length(content: bytes, kind: int, place: int) -> int:
    """Of what a marker brings; those below the first of a frame bring nothing."""
    if kind < START_OF_FRAME or kind in (START_OF_IMAGE, END_OF_IMAGE):
        return 0
    return max(int.from_bytes(content[place : place + 2], "big"), 2)


def _is_long_png(content: bytes) -> bool:
    place = len(PNG)
    for _ in range(MOST_PARTS):
        if place >= len(content):
            return False
        place += 12 + int.from_bytes(content[place : place + 4], "big")
    return place < len(content)
