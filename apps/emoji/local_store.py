"""Photos and clips in a local folder, reached through links that we sign ourselves; for development and tests."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Protocol
from urllib.parse import urlencode

from django.utils.crypto import constant_time_compare, salted_hmac

from apps.emoji.photo_store import ObjectMissing, ObjectTooLarge, PhotoStoreUnavailable, UploadTicket

KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")
CHUNK = 64 * 1024


class LinkRefused(Exception):
    """Signed by somebody else, for something else, or no longer valid."""


class ObjectExists(Exception):
    """A ticket is good for one upload; the photo that was looked at stays the photo."""


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class LocalStore:
    def __init__(self, folder: Path, base_url: str, signing_key: str) -> None:
        self._folder = folder
        self._base_url = base_url
        self._signing_key = signing_key

    def upload_ticket(self, key: str, *, content_type: str, content_length: int, lifetime: timedelta) -> UploadTicket:
        expires_at = datetime.now(UTC) + lifetime
        url = self._signed_url("PUT", key, expires_at, content_type, str(content_length))
        return UploadTicket(url, {"Content-Type": content_type}, expires_at)

    def link(self, key: str, *, lifetime: timedelta) -> str:
        return self._signed_url("GET", key, datetime.now(UTC) + lifetime)

    def still(self, key: str, *, lifetime: timedelta) -> None:
        """No clip is decoded here."""

    def size(self, key: str) -> int:
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError as error:
            raise ObjectMissing(key) from error

    def read(self, key: str, *, max_bytes: int) -> bytes:
        if self.size(key) > max_bytes:
            raise ObjectTooLarge(key)
        return self._path(key).read_bytes()

    def write(self, key: str, content: bytes, *, content_type: str) -> None:
        path = self._path(key)
        with self._temporary(path) as file:
            file.write(content)
            file.flush()
            os.replace(file.name, path)

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def probe(self, seconds: float) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise PhotoStoreUnavailable(str(error)) from error
        if not os.access(self._folder, os.R_OK | os.W_OK | os.X_OK):
            raise PhotoStoreUnavailable(f"{self._folder} is closed to us")

    def verify(self, method: str, key: str, params: Mapping[str, str], *declared: str) -> None:
        """Whether a link signed here allows this. Raises LinkRefused."""
        expires = params.get("expires", "")
        expected = self._signature(method, key, expires, *declared)
        if not constant_time_compare(params.get("signature", ""), expected):
            raise LinkRefused(key)
        if int(expires) < datetime.now(UTC).timestamp():
            raise LinkRefused(key)

    def accept_upload(
        self, key: str, params: Mapping[str, str], body: Readable, *, content_type: str, content_length: int
    ) -> None:
        """Store what a ticket allows: that type, exactly that many bytes, once. Raises LinkRefused, ObjectExists."""
        self.verify("PUT", key, params, content_type, str(content_length))
        path = self._path(key)
        with self._temporary(path) as file:
            left = content_length
            while left > 0 and (chunk := body.read(min(CHUNK, left))):
                file.write(chunk)
                left -= len(chunk)
            if left:
                raise LinkRefused(key)
            file.flush()
            try:
                os.link(file.name, path)
            except FileExistsError as error:
                raise ObjectExists(key) from error

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise ObjectMissing(key)
        return self._folder / key

    @contextmanager
    def _temporary(self, path: Path) -> Iterator[IO[bytes]]:
        """A file beside its final place, so that it can take that place in one step; else nothing stays of it."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
                try:
                    yield file
                finally:
                    Path(file.name).unlink(missing_ok=True)
        except OSError as error:
            raise PhotoStoreUnavailable(str(error)) from error

    def _signed_url(self, method: str, key: str, expires_at: datetime, *declared: str) -> str:
        expires = str(int(expires_at.timestamp()))
        query = urlencode({"expires": expires, "signature": self._signature(method, key, expires, *declared)})
        return f"{self._base_url}/api/v1/emoji/objects/{key}?{query}"

    def _signature(self, *facts: str) -> str:
        return salted_hmac(
            "local photo store", "\n".join(facts), secret=self._signing_key, algorithm="sha256"
        ).hexdigest()
