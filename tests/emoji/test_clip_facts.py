"""A clip's own header tells how long and how large it is; whatever stands there, reading it fails nothing."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.emoji import clip_facts, mock_clip
from apps.emoji.clip_facts import LARGEST_PX, LONGEST_MS, MOST_BOXES, MOST_CHUNKS, ClipFacts
from dev.fake_dashscope import CLIP
from tests.conftest import a_portrait

MP4, WEBP = "video/mp4", "image/webp"
SQUARE = 512 << 16
NOTHING = ClipFacts()


def box(name: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I4s", 8 + len(inside), name) + inside


def movie_header(duration: int, timescale: int = 1000) -> bytes:
    return box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, timescale, duration), b"\0" * 80)


def track(width: int = SQUARE, height: int = SQUARE) -> bytes:
    return box(b"trak", box(b"tkhd", b"\0" * 76, struct.pack(">II", width, height)), box(b"mdia"))


def movie(*parts: bytes) -> bytes:
    return box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", *parts) + box(b"mdat", b"pixels")


def mp4(content: bytes) -> ClipFacts:
    return clip_facts.read(content, MP4)


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def webp(*chunks: bytes) -> bytes:
    inside = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(inside)) + inside


def test_a_clip_as_the_provider_makes_them() -> None:
    assert mp4(CLIP) == ClipFacts(2000, 512, 512)


def test_a_clip_of_the_mock() -> None:
    clip = mock_clip.draw(a_portrait(), (100, 100, 400, 400), "mengwa_kaixin")
    assert clip_facts.read(clip, WEBP) == ClipFacts(mock_clip.FRAMES * mock_clip.FRAME_MS, 512, 512)


def test_the_movie_may_come_last_and_behind_large_boxes() -> None:
    large = struct.pack(">I4sQ", 1, b"mdat", 16 + 5) + b"12345"
    to_the_end = struct.pack(">I4s", 0, b"moov") + movie_header(1500) + track(640 << 16, 360 << 16)
    assert mp4(box(b"ftyp") + large + to_the_end) == ClipFacts(1500, 640, 360)


def test_long_numbers_are_read_too() -> None:
    long_header = box(b"mvhd", b"\1\0\0\0", struct.pack(">QQIQ", 0, 0, 90_000, 225_000), b"\0" * 80)
    long_track = box(b"trak", box(b"tkhd", b"\1", b"\0" * 87, struct.pack(">II", SQUARE, SQUARE)))
    assert mp4(movie(long_header, long_track)) == ClipFacts(2500, 512, 512)


def test_sound_has_no_size_and_is_passed_over() -> None:
    assert mp4(movie(movie_header(1000), track(0, 0), track())) == ClipFacts(1000, 512, 512)


def test_what_is_known_is_told_and_the_rest_is_not() -> None:
    assert mp4(movie(movie_header(0), track())) == ClipFacts(None, 512, 512)
    assert mp4(movie(track())) == ClipFacts(None, 512, 512)
    assert mp4(movie(movie_header(1000))) == ClipFacts(1000)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a clip",
        CLIP[:12],
        movie(),
        movie(movie_header(5, timescale=0), track(512, SQUARE)),
        movie(movie_header(LONGEST_MS + 1), track((LARGEST_PX + 1) << 16)),
        movie(movie_header(0xFFFFFFFF)),
        movie(box(b"mvhd"), box(b"trak", box(b"tkhd"))),
        movie(box(b"mvhd", b"\2" + b"\1" * 99)),
        struct.pack(">I4s", 9, b"moov"),
        struct.pack(">I4sQ", 1, b"moov", 2**63),
        box(b"free") * MOST_BOXES + movie(movie_header(1000), track()),
    ],
)
def test_what_makes_no_sense_is_nothing(content: bytes) -> None:
    assert mp4(content) == NOTHING


@pytest.mark.parametrize(
    "content",
    [
        b"",
        webp(),
        webp(chunk(b"VP8X", b"\0" * 9)),
        webp(chunk(b"VP8X", b"\0" * 4 + b"\xff" * 6), chunk(b"ANMF", b"\0" * 14)),
        webp(chunk(b"ANMF", b"\xff" * 16)),
        webp(chunk(b"VP8X", b"\0" * 10), *[chunk(b"ANMF", b"\0" * 12 + b"\1\0\0\0")] * MOST_CHUNKS),
    ],
)
def test_a_webp_that_makes_no_sense_is_nothing(content: bytes) -> None:
    assert clip_facts.read(content, WEBP) == NOTHING


@pytest.mark.parametrize("content_type", ["image/gif", "text/html", ""])
def test_another_type_is_not_read(content_type: str) -> None:
    assert clip_facts.read(CLIP, content_type) == NOTHING


NAMES = st.sampled_from([b"moov", b"trak", b"tkhd", b"mvhd", b"VP8X", b"ANMF", b"mdia"]) | st.binary(
    min_size=4, max_size=4
)
NESTED = st.recursive(
    st.binary(max_size=120),
    lambda inner: st.lists(st.builds(lambda name, content: box(name, content), NAMES, inner), max_size=4).map(b"".join),
    max_leaves=12,
)


@given(NESTED | st.binary(max_size=300), st.sampled_from([MP4, WEBP]), st.booleans())
def test_no_bytes_make_it_fail(content: bytes, content_type: str, is_marked: bool) -> None:
    begin = b"RIFF\0\0\0\0WEBP" if is_marked else b""
    assert_plausible(clip_facts.read(begin + content, content_type))


@given(st.lists(st.tuples(st.integers(0, len(CLIP) - 1), st.binary(min_size=1, max_size=9)), max_size=6), st.data())
def test_no_damage_to_a_good_clip_makes_it_fail(damage: list[tuple[int, bytes]], data: st.DataObject) -> None:
    content = bytearray(CLIP)
    for at, written in damage:
        content[at : at + len(written)] = written
    cut = data.draw(st.integers(0, len(content)))
    assert_plausible(mp4(bytes(content[:cut])))


def assert_plausible(facts: ClipFacts) -> None:
    assert facts.duration_ms is None or 0 < facts.duration_ms <= LONGEST_MS
    assert (facts.width is None) == (facts.height is None)
    assert facts.width is None or facts.height is None or 0 < min(facts.width, facts.height) <= LARGEST_PX
