"""What the pipeline asks of whoever makes the clips; no vendor's word passes this file."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Photo:
    """The user's photo: its key in the photo store, and a link that the provider can fetch for a day."""

    key: str
    url: str


@dataclass(frozen=True, slots=True)
class FaceBoxes:
    """The face, and the square around it that the clip will show; pixels, [left, top, right, bottom]."""

    face: Box
    extended: Box


class Status(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"


@dataclass(frozen=True, slots=True)
class Progress:
    status: Status
    result_url: str = ""


@dataclass(frozen=True, slots=True)
class Clip:
    content: bytes
    content_type: str


class Retry(StrEnum):
    """Whether the same call may be made again."""

    NEVER = "never"
    ONCE = "once"
    LATER = "later"


class Fault(StrEnum):
    """What a failed call says of the account it was made with, beyond this one task."""

    NONE = "none"
    # Too fast; the next call may follow later.
    THROTTLED = "throttled"
    # The provider is down, or cannot be reached.
    PROVIDER = "provider"
    # Only the operator can help: key, money, permission.
    ACCOUNT = "account"


class ProviderError(Exception):
    """A call that brought no result.

    `code` is one of our task error codes (contract 2.2). `raw` is the provider's own code and message, for staff only.
    `outcome_unknown` is set when a submission was sent and its answer was lost: the provider may have taken it.
    `broke_down` is set when the provider came to grief over the call and said so: the same call may be made again, and
    a submission that was taken all the same may turn up.
    """

    def __init__(
        self,
        code: str,
        *,
        retry: Retry = Retry.NEVER,
        raw: str = "",
        retry_after_seconds: float | None = None,
        outcome_unknown: bool = False,
        fault: Fault = Fault.NONE,
        broke_down: bool = False,
    ) -> None:
        super().__init__(f"{code}: {raw}")
        self.code = code
        self.retry = retry
        self.raw = raw
        self.retry_after_seconds = retry_after_seconds
        self.outcome_unknown = outcome_unknown
        self.fault = fault
        self.broke_down = broke_down


class NotNow(ProviderError):
    """The account may not be called for `retry_after_seconds`; the task waits, and no attempt of it is counted.

    `account_is_out` when the account itself fails, so that another one may do better.
    """

    def __init__(
        self, code: str, wait_seconds: float, *, raw: str, account_is_out: bool = False, broke_down: bool = False
    ) -> None:
        super().__init__(code, retry=Retry.LATER, raw=raw, retry_after_seconds=wait_seconds, broke_down=broke_down)
        self.wait_seconds = wait_seconds
        self.account_is_out = account_is_out


class ListRefused(NotNow):
    """The account may not read its list. That says nothing of what else it may: its tasks are asked for singly."""

    def __init__(self, code: str, wait_seconds: float, *, raw: str) -> None:
        super().__init__(code, wait_seconds, raw=raw)
        self.fault = Fault.ACCOUNT


@dataclass(frozen=True, slots=True)
class Window:
    """Generations accepted between two moments; those in one status only, when it is given."""

    since: datetime
    until: datetime
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Task ids of the provider, oldest first."""

    provider_task_ids: list[str]
    is_last: bool


class Provider(Protocol):
    """Every method makes at most one outgoing call, ends within its time-outs, and raises ProviderError only."""

    name: str

    def detect(self, photo: Photo) -> FaceBoxes: ...

    def submit(self, photo: Photo, driven_id: str, boxes: FaceBoxes) -> str:
        """Start a generation and return the provider's task id."""
        ...

    def ask(self, provider_task_id: str) -> Progress: ...

    def list_page(self, window: Window, page: int) -> Page:
        """One page, from 1 on, of the account's own list of generations."""
        ...

    def download(self, progress: Progress) -> Clip:
        """The clip of a generation that has succeeded."""
        ...
