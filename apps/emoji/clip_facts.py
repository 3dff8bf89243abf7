"""How long a clip is and how large, read from its own header: MP4 (ISO/IEC 14496-12) and animated WebP (RFC 9649).

Whoever made the clip is not trusted: no byte of it can make this fail or take long, and what makes no sense is None.
"""

from collections.abc import Iterator
from dataclasses import dataclass

# A clip has about ten boxes on each level, and a chunk for each frame.
MOST_BOXES = 100
MOST_CHUNKS = 2_000
LONGEST_MS = 3_600_000
LARGEST_PX = 32_767

# Where a version of a box has its numbers, from the end of its header: (offset, bytes).
MOVIE_TIMESCALE = {0: (12, 4), 1: (20, 4)}
MOVIE_DURATION = {0: (16, 4), 1: (24, 8)}
TRACK_WIDTH = {0: (76, 4), 1: (88, 4)}
TRACK_HEIGHT = {0: (80, 4), 1: (92, 4)}


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """Milliseconds, pixels. None where the clip does not tell; of width and height both or none."""

    duration_ms: int | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A box or a chunk: its name, and where its content lies."""

    name: bytes
    begin: int
    end: int


def read(content: bytes, content_type: str) -> ClipFacts:
    reader = {"video/mp4": _mp4, "image/webp": _webp}.get(content_type)
    return reader(content) if reader else ClipFacts()


def _mp4(content: bytes) -> ClipFacts:
    movie = next(_boxes(content, Part(b"", 0, len(content)), b"moov"), None)
    if movie is None:
        return ClipFacts()
    header = next(_boxes(content, movie, b"mvhd"), None)
    tracks = (next(_boxes(content, track, b"tkhd"), None) for track in _boxes(content, movie, b"trak"))
    sides = (_sides(content, track) for track in tracks if track)
    # That of sound has no size.
    width, height = next((pair for pair in sides if all(pair)), (0, 0))
    return _plausible(_duration_ms(content, header) if header else 0, width, height)


def _duration_ms(content: bytes, header: Part) -> int:
    scale = _number(content, header, MOVIE_TIMESCALE)
    return (_number(content, header, MOVIE_DURATION) * 1000 + scale // 2) // scale if scale else 0


def _sides(content: bytes, track: Part) -> tuple[int, int]:
    """Told with 16 bits behind the point."""
    return _number(content, track, TRACK_WIDTH) >> 16, _number(content, track, TRACK_HEIGHT) >> 16


def _number(content: bytes, box: Part, places: dict[int, tuple[int, int]]) -> int:
    """0 for what the box is too short for, or in a version that nobody has heard of."""
    offset, size = places.get(content[box.begin] if box.begin < box.end else -1, (0, 0))
    begin = box.begin + offset
    return int.from_bytes(content[begin : begin + size], "big") if begin + size <= box.end else 0


def _boxes(content: bytes, parent: Part, name: bytes) -> Iterator[Part]:
    """Those of a name among the first that the parent has."""
    begin = parent.begin
    for _ in range(MOST_BOXES):
        size, header = int.from_bytes(content[begin : begin + 4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(content[begin + 8 : begin + 16], "big"), 16
        elif size == 0:
            size = parent.end - begin
        if size < header or begin + size > parent.end:
            return
        if content[begin + 4 : begin + 8] == name:
            yield Part(name, begin + header, begin + size)
        begin += size


def _webp(content: bytes) -> ClipFacts:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return ClipFacts()
    chunks = list(_chunks(content))
    if len(chunks) > MOST_CHUNKS:
        return ClipFacts()
    width = height = duration_ms = 0
    for chunk in chunks:
        if chunk.name == b"VP8X" and chunk.end - chunk.begin >= 10:
            width, height = _little(content, chunk, 4) + 1, _little(content, chunk, 7) + 1
        elif chunk.name == b"ANMF":
            duration_ms += _little(content, chunk, 12)
    return _plausible(duration_ms, width, height)


def _chunks(content: bytes) -> Iterator[Part]:
    begin = 12
    for _ in range(MOST_CHUNKS + 1):
        end = begin + 8 + int.from_bytes(content[begin + 4 : begin + 8], "little")
        if end > len(content) or begin + 8 > len(content):
            return
        yield Part(content[begin : begin + 4], begin + 8, end)
        begin = end + end % 2


def _little(content: bytes, chunk: Part, offset: int) -> int:
    begin = chunk.begin + offset
    return int.from_bytes(content[begin : begin + 3], "little") if begin + 3 <= chunk.end else 0


def _plausible(duration_ms: int, width: int, height: int) -> ClipFacts:
    is_size = 0 < width <= LARGEST_PX and 0 < height <= LARGEST_PX
    return ClipFacts(
        duration_ms if 0 < duration_ms <= LONGEST_MS else None, width if is_size else None, height if is_size else None
    )
