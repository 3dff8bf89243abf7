"""The stand-in for OSS in trouble; tests/emoji/test_oss.py has its good days."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests

from apps.emoji.oss import OssStore
from apps.emoji.photo_store import ObjectMissing, PhotoStoreUnavailable
from dev.fake_dashscope import CLIP
from dev.fake_oss import FakeOss, fails, keeps_half, keeps_nothing, loses_the_answer, slow
from tests.emoji.test_oss import KEY, store_at


@pytest.fixture
def fake() -> Iterator[FakeOss]:
    fake = FakeOss()
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def store(fake: FakeOss) -> OssStore:
    return store_at(fake.endpoint)


def test_success_may_be_told_for_nothing(fake: FakeOss, store: OssStore) -> None:
    fake.next("PUT", keeps_nothing)
    store.write(KEY, b"a photo", content_type="image/jpeg")
    with pytest.raises(ObjectMissing):
        store.size(KEY)


def test_half_may_be_kept(fake: FakeOss, store: OssStore) -> None:
    fake.next("PUT", keeps_half)
    store.write(KEY, b"a photo", content_type="image/jpeg")
    assert store.size(KEY) == 3


def test_the_answer_may_be_lost_and_the_object_kept(fake: FakeOss, store: OssStore) -> None:
    fake.next("PUT", loses_the_answer)
    with pytest.raises(PhotoStoreUnavailable):
        store.write(KEY, b"a photo", content_type="image/jpeg")
    assert fake.objects[KEY] == (b"a photo", "image/jpeg")


def test_behaviours_come_in_their_order(fake: FakeOss, store: OssStore) -> None:
    fake.next("GET", slow(0.01), fails(500, "InternalError"))
    store.write(KEY, b"a photo", content_type="image/jpeg")
    assert store.read(KEY, max_bytes=7) == b"a photo"
    with pytest.raises(PhotoStoreUnavailable):
        store.read(KEY, max_bytes=7)


def test_it_makes_no_picture_of_what_is_no_clip_nor_another_one(fake: FakeOss, store: OssStore) -> None:
    store.write("a.mp4", b"a photo", content_type="video/mp4")
    store.write("b.mp4", CLIP, content_type="video/mp4")
    wanted = [str(store.still(name, lifetime=timedelta(hours=1))) for name in ("a.mp4", "b.mp4")]
    wanted.append(wanted[1].replace("t_0", "t_0,w_9000"))
    assert [requests.get(url, timeout=60).status_code for url in wanted] == [400, 200, 400]


def test_any_signature_will_do_unless_keys_are_named(fake: FakeOss) -> None:
    other = store_at(fake.endpoint, access_key_secret="another")
    other.write(KEY, b"a photo", content_type="image/jpeg")
    assert other.link(KEY, lifetime=timedelta(hours=1)).startswith(fake.endpoint)
