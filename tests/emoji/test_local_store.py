"""The local store keeps objects behind links that say exactly what they allow."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine

from apps.emoji.local_store import LinkRefused, LocalStore, ObjectExists
from apps.emoji.photo_store import ObjectMissing, ObjectTooLarge, PhotoStoreUnavailable

KEY = "photos/1/2-abc.jpg"
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "photos", "http://testserver", "signing key")


def params(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def ticket(store: LocalStore, size: int = 5) -> dict[str, str]:
    return params(store.upload_ticket(KEY, content_type="image/jpeg", content_length=size, lifetime=HOUR).url)


def put(
    store: LocalStore,
    given: dict[str, str],
    content: bytes = b"photo",
    content_type: str = "image/jpeg",
    key: str = KEY,
) -> None:
    store.accept_upload(key, given, BytesIO(content), content_type=content_type, content_length=len(content))


class BreaksOff(BytesIO):
    """A body whose sender hangs up."""

    def read(self, size: int | None = -1, /) -> bytes:
        if part := super().read(size):
            return part
        raise OSError("the phone is gone")


def test_what_was_uploaded_can_be_read(store: LocalStore) -> None:
    put(store, ticket(store))
    assert store.read(KEY, max_bytes=5) == b"photo"
    assert store.size(KEY) == 5


def test_nobody_else_on_the_machine_can_read_it(store: LocalStore, tmp_path: Path) -> None:
    put(store, ticket(store))
    path = tmp_path / "photos" / KEY
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("content", "content_type", "key"),
    [(b"phot", "image/jpeg", KEY), (b"photo", "image/png", KEY), (b"photo", "image/jpeg", "photos/1/3.jpg")],
    ids=["another size", "another type", "another key"],
)
def test_a_ticket_allows_nothing_else(store: LocalStore, content: bytes, content_type: str, key: str) -> None:
    with pytest.raises(LinkRefused):
        put(store, ticket(store), content, content_type, key)


def test_a_body_shorter_than_it_claims_is_not_kept(store: LocalStore, tmp_path: Path) -> None:
    with pytest.raises(LinkRefused):
        store.accept_upload(KEY, ticket(store), BytesIO(b"pho"), content_type="image/jpeg", content_length=5)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_nothing_stays_of_an_upload_that_breaks_off(store: LocalStore, tmp_path: Path) -> None:
    with pytest.raises(PhotoStoreUnavailable):
        store.accept_upload(KEY, ticket(store), BreaksOff(b"pho"), content_type="image/jpeg", content_length=5)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_nothing_but_the_photo_stays_of_an_upload(store: LocalStore, tmp_path: Path) -> None:
    put(store, ticket(store))
    store.write("photos/1/3.jpg", b"another", content_type="image/jpeg")
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"2-abc.jpg", "3.jpg"}


def test_a_ticket_is_good_once(store: LocalStore) -> None:
    put(store, ticket(store))
    with pytest.raises(ObjectExists):
        put(store, ticket(store), b"other")
    assert store.read(KEY, max_bytes=5) == b"photo"


def test_a_link_to_read_is_no_ticket_to_write(store: LocalStore) -> None:
    with pytest.raises(LinkRefused):
        put(store, params(store.link(KEY, lifetime=HOUR)))


def test_a_link_ends(store: LocalStore) -> None:
    given = params(store.link(KEY, lifetime=HOUR))
    store.verify("GET", KEY, given)
    with time_machine.travel("2036-01-01"), pytest.raises(LinkRefused):
        store.verify("GET", KEY, given)


@pytest.mark.parametrize("changed", [{"expires": "99999999999"}, {"signature": "0" * 64}, {"signature": ""}], ids=str)
def test_a_changed_link_is_refused(store: LocalStore, changed: dict[str, str]) -> None:
    with pytest.raises(LinkRefused):
        store.verify("GET", KEY, params(store.link(KEY, lifetime=HOUR)) | changed)
    with pytest.raises(LinkRefused):
        store.verify("GET", KEY, {})


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/passwd", "a//b", "A", "", "a/.hidden", "a\0b"])
def test_no_key_leads_out_of_the_folder(store: LocalStore, key: str) -> None:
    with pytest.raises(ObjectMissing):
        store.read(key, max_bytes=1)


def test_what_is_not_there_is_missing_and_may_be_deleted(store: LocalStore) -> None:
    store.delete(KEY)
    with pytest.raises(ObjectMissing):
        store.size(KEY)


def test_more_than_was_asked_for_is_not_read(store: LocalStore) -> None:
    store.write(KEY, b"photo", content_type="image/jpeg")
    with pytest.raises(ObjectTooLarge):
        store.read(KEY, max_bytes=4)


def test_writing_replaces(store: LocalStore) -> None:
    store.write(KEY, b"one", content_type="image/jpeg")
    store.write(KEY, b"two", content_type="image/jpeg")
    assert store.read(KEY, max_bytes=5) == b"two"


def test_a_folder_that_cannot_be_made_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "photos").write_text("a file is in the way")
    store = LocalStore(tmp_path / "photos", "http://testserver", "key")
    with pytest.raises(PhotoStoreUnavailable):
        store.write(KEY, b"x", content_type="image/jpeg")
