"""Aliyun OSS through oss2, with V4 signatures (vendor: the OSS developer reference)."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import oss2
import requests
from oss2.exceptions import ClientError, NoSuchKey, NotFound, OssError
from structlog import get_logger

from apps.core.deadline_adapter import DeadlineAdapter, ending_by
from apps.emoji.oss_links import LinkSigner
from apps.emoji.photo_store import ObjectMissing, ObjectTooLarge, PhotoStoreUnavailable, UploadTicket

CONNECT_SECONDS = 3
# Nothing is ever stored here.
PROBED_KEY = "health/probe"
# The first key frame of a clip (vendor: "Video snapshots"); of H.264 and H.265 only.
STILL = "video/snapshot,t_0,f_jpg,m_fast"
LOOPBACK = ("127.0.0.1", "localhost")

log = get_logger(__name__)


class OssStore:
    """The server talks to `endpoint`, which may be internal; links are signed for `public_endpoint`.

    OSS may be silent for `silent_seconds`; an answer ends within `call_seconds` of its call, however it comes.
    """

    def __init__(
        self,
        *,
        bucket: str,
        region: str,
        endpoint: str,
        public_endpoint: str,
        public_endpoint_is_cname: bool,
        access_key_id: str,
        access_key_secret: str,
        silent_seconds: float = 20,
        call_seconds: float = 30,
    ) -> None:
        if not region or region.startswith("oss-"):
            # Without a region oss2 signs addresses that no OSS accepts, and says nothing.
            raise ValueError(f"OSS_REGION is like cn-beijing, not {region!r}")
        for url in (endpoint, public_endpoint):
            _require_https(url)
        self._auth = (access_key_id, access_key_secret)
        self._timeouts = (CONNECT_SECONDS, silent_seconds)
        self._call_seconds = call_seconds
        self._server = {"endpoint": endpoint, "bucket_name": bucket, "region": region}
        self._public = self._server | {"endpoint": public_endpoint, "is_cname": public_endpoint_is_cname}
        self._buckets: dict[tuple[int, bool], Any] = {}

    def upload_ticket(self, key: str, *, content_type: str, content_length: int, lifetime: timedelta) -> UploadTicket:
        """Type, length and "not twice" are signed, so OSS itself refuses anything else."""
        headers = {
            "Content-Type": content_type,
            "Content-Length": str(content_length),
            "x-oss-forbid-overwrite": "true",
        }
        url = self._bucket(public=True).sign_url(
            "PUT",
            key,
            int(lifetime.total_seconds()),
            headers=dict(headers),
            slash_safe=True,
            additional_headers=["content-length"],
        )
        return UploadTicket(url, headers, datetime.now(UTC) + lifetime)

    def link(self, key: str, *, lifetime: timedelta) -> str:
        return self._links.link(key, int(lifetime.total_seconds()))

    def still(self, key: str, *, lifetime: timedelta) -> str | None:
        """Made by OSS each time it is fetched, and billed so."""
        return self._links.link(key, int(lifetime.total_seconds()), STILL) if key.endswith(".mp4") else None

    def size(self, key: str) -> int:
        with _told(key, self._call_seconds):
            return int(self._bucket().head_object(key).content_length)

    def read(self, key: str, *, max_bytes: int) -> bytes:
        with _told(key, self._call_seconds):
            stored = self._bucket().get_object(key)
            if stored.content_length is not None and stored.content_length > max_bytes:
                raise ObjectTooLarge(key)
            content: bytes = stored.read(max_bytes + 1)
        if len(content) > max_bytes:
            raise ObjectTooLarge(key)
        return content

    def write(self, key: str, content: bytes, *, content_type: str) -> None:
        with _told(key, self._call_seconds):
            self._bucket().put_object(key, content, headers={"Content-Type": content_type})

    def delete(self, key: str) -> None:
        with _told(key, self._call_seconds):
            self._bucket().delete_object(key)

    def probe(self, seconds: float) -> None:
        """It refuses us or says nothing: unavailable. That there is no such object is an answer."""
        bucket = self._made(self._server, (seconds, seconds))
        with suppress(ObjectMissing), _told(PROBED_KEY, seconds):
            bucket.head_object(PROBED_KEY)

    @cached_property
    def _links(self) -> LinkSigner:
        bucket = self._bucket(public=True)
        address = bucket.sign_url("GET", "k", 1).partition("k?")[0]
        return LinkSigner(address, bucket.bucket_name, bucket.region, *self._auth)

    def _bucket(self, public: bool = False) -> Any:
        """Made anew after a fork: connections are not shared between processes."""
        place = (os.getpid(), public)
        if place not in self._buckets:
            where = self._public if public else self._server
            self._buckets[place] = self._made(where, self._timeouts)
        return self._buckets[place]

    def _made(self, where: dict[str, Any], timeouts: tuple[float, float]) -> Any:
        session = oss2.Session(adapter=DeadlineAdapter())
        # Neither by a proxy of the environment, which has no end of ours, nor to where an answer leads.
        session.session.trust_env, session.session.max_redirects = False, 0
        return oss2.Bucket(oss2.AuthV4(*self._auth), session=session, connect_timeout=timeouts, **where)


@contextmanager
def _told(key: str, seconds: float) -> Iterator[None]:
    try:
        with ending_by(time.monotonic() + seconds):
            yield
    except (NoSuchKey, NotFound) as error:
        raise ObjectMissing(key) from error
    except (OssError, ClientError) as error:
        if error.code == "RequestTimeTooSkewed":
            log.error("OSS refuses every request: this machine's clock is more than 15 minutes wrong", key=key)
        raise PhotoStoreUnavailable(f"{error.status} {error.code}") from error
    except requests.RequestException as error:
        # While a body is read, oss2 lets them through.
        raise PhotoStoreUnavailable(f"the answer broke off: {type(error).__name__}") from error


def _require_https(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValueError(f"an OSS endpoint begins with https://, not {url!r}")
