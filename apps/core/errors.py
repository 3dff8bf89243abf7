"""What every expected refusal looks like, before anyone draws it as HTTP."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal the app can act on: a stable code, a sentence for people, named values.

    Subclasses set `code`, `status` (the HTTP status, as a plain number), `title` and `detail`; `detail` may name params
    in braces. `retryable` says that the very same request may work later. `retry_after_seconds` goes with 429 and 503.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    detail: ClassVar[str] = ""
    retryable: ClassVar[bool] = False
    retry_after_seconds: int | None = None

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        return (self.detail or self.title).format(**self.params)


class NotFound(DomainError):
    code = "not_found"
    status = 404
    title = "Not found"


class Conflict(DomainError):
    code = "conflict"
    status = 409
    title = "Another request was first"
    retryable = True


class PayloadTooLarge(DomainError):
    code = "payload_too_large"
    status = 413
    title = "The body is too large"
    detail = "At most {max_bytes} bytes."


class DependencyUnavailable(DomainError):
    code = "dependency_unavailable"
    status = 503
    title = "Service temporarily unavailable"
    retryable = True
    retry_after_seconds = 2
