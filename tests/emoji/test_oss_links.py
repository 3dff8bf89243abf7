"""Our signed addresses are those of the SDK, parameter by parameter."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import oss2
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from apps.emoji.oss_links import LinkSigner
from tests.emoji.test_oss import store_at

PROCESS = "video/snapshot,t_0,f_jpg,m_fast"
KEY_ID, SECRET = "an id: 1/2+3", "a secret for tests"
SIGNER = LinkSigner("https://clips.oss-cn-beijing.aliyuncs.com/", "clips", "cn-beijing", KEY_ID, SECRET)
LATE = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)


def of_the_sdk(key: str, seconds: int, process: str) -> str:
    auth = oss2.AuthV4(KEY_ID, SECRET)
    bucket = oss2.Bucket(auth, "https://oss-cn-beijing.aliyuncs.com", "clips", region="cn-beijing")
    params = {"x-oss-process": process} if process else None
    return str(bucket.sign_url("GET", key, seconds, slash_safe=True, params=params))


def stopped_at(moment: datetime) -> time_machine.travel:
    """Two addresses of two seconds are two."""
    return time_machine.travel(moment, tick=False)


def parts(url: str) -> tuple[Any, ...]:
    split = urlsplit(url)
    return split.scheme, split.netloc, split.path, parse_qs(split.query)


@given(st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9/._~ +-]{0,40}", fullmatch=True), st.integers(1, 604_800))
@pytest.mark.parametrize("process", ["", PROCESS])
def test_an_address_is_as_the_sdk_makes_it(process: str, key: str, seconds: int) -> None:
    with stopped_at(LATE):
        assert parts(SIGNER.link(key, seconds, process)) == parts(of_the_sdk(key, seconds, process))


def test_the_next_day_is_signed_as_the_next_day() -> None:
    for moment in (LATE, LATE + timedelta(seconds=1)):
        with stopped_at(moment):
            assert parts(SIGNER.link("a/b.mp4", 60)) == parts(of_the_sdk("a/b.mp4", 60, ""))


@pytest.mark.parametrize(
    ("endpoint", "is_cname", "address"),
    [
        ("https://oss-cn-beijing.aliyuncs.com", False, "https://photos-for-tests.oss-cn-beijing.aliyuncs.com/a/b.jpg?"),
        ("https://photos.example.com", True, "https://photos.example.com/a/b.jpg?"),
        ("http://127.0.0.1:9000", False, "http://127.0.0.1:9000/photos-for-tests/a/b.jpg?"),
    ],
)
def test_the_host_is_as_the_sdk_names_it(endpoint: str, is_cname: bool, address: str) -> None:
    store = store_at("https://internal.example.com", public_endpoint=endpoint, public_endpoint_is_cname=is_cname)
    assert store.link("a/b.jpg", lifetime=timedelta(hours=1)).startswith(address)
