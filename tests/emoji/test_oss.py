"""The OSS store through the real SDK, over a socket."""

import logging
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from PIL import Image

from apps.emoji.oss import OssStore
from apps.emoji.photo_store import ObjectMissing, ObjectTooLarge, PhotoStoreUnavailable
from dev.fake_dashscope import CLIP
from dev.fake_oss import Behaviour, FakeOss, drips, fails, hangs_up, redirects, sends_half
from dev.free_port import LOOPBACK, free_port

KEY = "photos/1/2-abc.jpg"
CLIP_KEY = "results/1/2.mp4"
HOUR = timedelta(hours=1)


@pytest.fixture
def fake() -> Iterator[FakeOss]:
    fake = FakeOss(secrets={"an id for tests": "a secret for tests"})
    fake.start()
    yield fake
    fake.stop()


def store_at(endpoint: str, **changes: Any) -> OssStore:
    settings: dict[str, Any] = {
        "bucket": "photos-for-tests",
        "region": "cn-beijing",
        "endpoint": endpoint,
        "public_endpoint": endpoint,
        "public_endpoint_is_cname": False,
        "access_key_id": "an id for tests",
        "access_key_secret": "a secret for tests",
    }
    return OssStore(**settings | changes)


@pytest.fixture
def store(fake: FakeOss) -> OssStore:
    return store_at(fake.endpoint)


def test_what_is_written_can_be_read_measured_and_deleted(store: OssStore, fake: FakeOss) -> None:
    store.write(KEY, b"a photo", content_type="image/jpeg")
    assert fake.objects == {KEY: (b"a photo", "image/jpeg")}
    assert (store.read(KEY, max_bytes=7), store.size(KEY)) == (b"a photo", 7)
    store.delete(KEY)
    store.delete(KEY)
    assert fake.objects == {}


def test_a_ticket_uploads_once_with_the_headers_it_names(store: OssStore) -> None:
    ticket = store.upload_ticket(KEY, content_type="image/jpeg", content_length=7, lifetime=HOUR)
    statuses = [requests.put(ticket.url, b"a photo", headers=ticket.headers, timeout=60).status_code for _ in range(2)]
    assert statuses == [200, 409]


def test_a_ticket_is_good_for_nothing_else(store: OssStore, fake: FakeOss) -> None:
    ticket = store.upload_ticket(KEY, content_type="image/jpeg", content_length=7, lifetime=HOUR)
    for body, changed in ((b"a larger photo", {"Content-Length": "14"}), (b"a photo", {"Content-Type": "text/html"})):
        answer = requests.put(ticket.url, body, headers=ticket.headers | changed, timeout=60)
        assert (answer.status_code, b"SignatureDoesNotMatch" in answer.content) == (403, True)
    assert fake.objects == {}


def test_a_link_ends(store: OssStore, fake: FakeOss) -> None:
    store.write(KEY, b"a photo", content_type="image/jpeg")
    link = store.link(KEY, lifetime=-HOUR)
    assert requests.get(link, timeout=60).status_code == 403


@pytest.mark.parametrize("secret", [{"access_key_secret": "another"}, {"access_key_id": "another"}], ids=str)
def test_another_key_opens_nothing(fake: FakeOss, secret: dict[str, str]) -> None:
    with pytest.raises(PhotoStoreUnavailable):
        store_at(fake.endpoint, **secret).size(KEY)


@pytest.mark.parametrize("behaviour", [fails(500, "InternalError"), fails(403, "AccessDenied"), hangs_up, sends_half])
def test_what_goes_wrong_in_the_store_is_told_as_an_outage(
    store: OssStore, fake: FakeOss, behaviour: Behaviour
) -> None:
    fake.next("GET", behaviour)
    store.write(KEY, b"a photo", content_type="image/jpeg")
    with pytest.raises(PhotoStoreUnavailable):
        store.read(KEY, max_bytes=7)
    assert store.read(KEY, max_bytes=7) == b"a photo"


def test_a_photo_that_comes_a_byte_now_and_then_ends_with_its_time(fake: FakeOss) -> None:
    store = store_at(fake.endpoint, silent_seconds=0.5, call_seconds=0.5)
    store.write(KEY, b"a photo", content_type="image/jpeg")
    fake.next("GET", drips)
    with pytest.raises(PhotoStoreUnavailable):
        store.read(KEY, max_bytes=60)
    assert store.read(KEY, max_bytes=7) == b"a photo"


def test_a_proxy_of_the_environment_is_not_asked(store: OssStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answers would have no end of ours, and it would see whose photo goes where."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://{LOOPBACK}:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    store.write(KEY, b"a photo", content_type="image/jpeg")
    assert store.read(KEY, max_bytes=7) == b"a photo"


@pytest.mark.parametrize("status", [301, 307])
def test_no_photo_goes_where_a_redirect_leads(fake: FakeOss, status: int) -> None:
    with socket.socket() as elsewhere:
        elsewhere.bind((LOOPBACK, 0))
        elsewhere.listen()
        elsewhere.setblocking(False)
        fake.next("PUT", redirects(status, f"http://{LOOPBACK}:{elsewhere.getsockname()[1]}/{KEY}"))
        with pytest.raises(PhotoStoreUnavailable):
            store_at(fake.endpoint, silent_seconds=0.5).write(KEY, b"a photo", content_type="image/jpeg")
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def test_a_clock_that_oss_does_not_believe_is_an_alarm(
    store: OssStore, fake: FakeOss, caplog: pytest.LogCaptureFixture
) -> None:
    fake.next("PUT", fails(403, "RequestTimeTooSkewed"))
    with pytest.raises(PhotoStoreUnavailable):
        store.write(KEY, b"a photo", content_type="image/jpeg")
    [alarm] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "clock" in alarm.getMessage()


def test_a_tickets_size_is_part_of_its_signature(store: OssStore) -> None:
    ticket = store.upload_ticket(KEY, content_type="image/jpeg", content_length=7, lifetime=HOUR)
    query = parse_qs(urlsplit(ticket.url).query)
    assert query["x-oss-additional-headers"] == ["content-length"]
    assert query["x-oss-expires"] == ["3600"]
    assert "%2F" not in urlsplit(ticket.url).path


def test_a_link_reads_without_any_header(store: OssStore) -> None:
    store.write(KEY, b"a photo", content_type="image/jpeg")
    assert requests.get(store.link(KEY, lifetime=HOUR), timeout=60).content == b"a photo"


def test_a_still_of_a_clip_is_a_jpeg_and_its_link_is_good_for_nothing_else(store: OssStore) -> None:
    store.write(CLIP_KEY, CLIP, content_type="video/mp4")
    still = str(store.still(CLIP_KEY, lifetime=HOUR))
    answer = requests.get(still, timeout=60)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert Image.open(BytesIO(answer.content)).format == "JPEG"
    for other in (still.replace("t_0", "t_1000"), re.sub("&x-oss-process=[^&]*", "", still)):
        assert requests.get(other, timeout=60).status_code == 403


def test_a_link_to_a_clip_makes_no_still_of_it(store: OssStore) -> None:
    store.write(CLIP_KEY, CLIP, content_type="video/mp4")
    link = store.link(CLIP_KEY, lifetime=HOUR)
    assert requests.get(f"{link}&x-oss-process=video/snapshot,t_0,f_jpg", timeout=60).status_code == 403


def test_the_link_to_a_still_ends(store: OssStore) -> None:
    store.write(CLIP_KEY, CLIP, content_type="video/mp4")
    assert requests.get(str(store.still(CLIP_KEY, lifetime=-HOUR)), timeout=60).status_code == 403


def test_of_what_is_no_film_there_is_no_still(store: OssStore) -> None:
    assert store.still("results/1/2.webp", lifetime=HOUR) is None


def test_links_are_signed_for_the_public_host() -> None:
    store = store_at(
        "https://oss-cn-beijing-internal.aliyuncs.com",
        public_endpoint="https://photos.example.com",
        public_endpoint_is_cname=True,
    )
    assert store.link(KEY, lifetime=HOUR).startswith("https://photos.example.com/photos/1/")


def test_what_is_not_there_is_missing(store: OssStore) -> None:
    with pytest.raises(ObjectMissing):
        store.read(KEY, max_bytes=5)
    with pytest.raises(ObjectMissing):
        store.size(KEY)


def test_more_than_was_asked_for_is_not_read(store: OssStore) -> None:
    store.write(KEY, b"a photo", content_type="image/jpeg")
    with pytest.raises(ObjectTooLarge):
        store.read(KEY, max_bytes=6)


def test_an_outage_is_told_as_one(store: OssStore, fake: FakeOss) -> None:
    fake.is_down = True
    for call in (lambda: store.size(KEY), lambda: store.read(KEY, max_bytes=5), lambda: store.delete(KEY)):
        with pytest.raises(PhotoStoreUnavailable):
            call()
    with pytest.raises(PhotoStoreUnavailable):
        store.write(KEY, b"a photo", content_type="image/jpeg")


def test_nobody_at_the_address_is_an_outage() -> None:
    with pytest.raises(PhotoStoreUnavailable):
        store_at("http://127.0.0.1:1").size(KEY)


@pytest.mark.parametrize(
    "mistake", [{"region": ""}, {"region": "oss-cn-beijing"}, {"public_endpoint": "photos.example.com"}], ids=str
)
def test_a_setting_that_would_sign_useless_links_is_refused(mistake: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"OSS|https"):
        store_at("https://oss-cn-beijing.aliyuncs.com", **mistake)
