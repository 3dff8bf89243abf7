"""What we ask of the place where photos and clips are kept; OSS in production, a local folder elsewhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class UploadTicket:
    """Leave to PUT one object of a declared type and size, sent with exactly these headers, until `expires_at`."""

    url: str
    headers: dict[str, str]
    expires_at: datetime


class ObjectMissing(Exception):
    """Nothing is stored under that key."""


class ObjectTooLarge(Exception):
    """The object has more bytes than the caller allows."""


class PhotoStoreUnavailable(Exception):
    """The store did not answer or refused; trying later may help."""


class PhotoStore(Protocol):
    """Keys are made by us, of `[a-z0-9/._-]`. Every method but the three that sign raises PhotoStoreUnavailable."""

    def upload_ticket(
        self, key: str, *, content_type: str, content_length: int, lifetime: timedelta
    ) -> UploadTicket: ...

    def link(self, key: str, *, lifetime: timedelta) -> str:
        """A signed address to GET the object; whoever holds it can read it until it expires."""
        ...

    def still(self, key: str, *, lifetime: timedelta) -> str | None:
        """As `link`, to a JPEG of the clip's first picture; None from a store that makes none of it."""
        ...

    def size(self, key: str) -> int:
        """Bytes. Raises ObjectMissing."""
        ...

    def read(self, key: str, *, max_bytes: int) -> bytes:
        """Raises ObjectMissing, ObjectTooLarge."""
        ...

    def write(self, key: str, content: bytes, *, content_type: str) -> None:
        """Store, replacing what is there, readable through signed links only."""
        ...

    def delete(self, key: str) -> None:
        """Deleting what is not there is no error."""
        ...

    def probe(self, seconds: float) -> None:
        """Whether the store answers us within about so long."""
        ...
