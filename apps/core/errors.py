"""What every expected refusal looks like, before anyone draws it as HTTP."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal the app can act on: a stable code, a sentence for people, named values.

    Subclasses set `code`, `status` (the HTTP status, as a plain number), `title` and `detail`; `detail` may name params
    in braces. `param_names` are all that it always carries. `retryable` says that the very same request may work later.
    `retry_after_seconds` goes with 429 and 503. The English stands here, the other languages in problem_texts/; one
    that apps are never told (`is_public`) needs no others.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    detail: ClassVar[str] = ""
    param_names: ClassVar[tuple[str, ...]] = ()
    retryable: ClassVar[bool] = False
    is_public: ClassVar[bool] = True
    retry_after_seconds: int | None = None

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        return filled_in(self.detail or self.title, self.params)


def filled_in(text: str, params: Mapping[str, Any]) -> str:
    """Its braces filled in as people read them: a moment to the minute, a list by commas."""
    return text.format(**{name: _readable(value) for name, value in params.items()})


def _readable(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return ", ".join(value) if isinstance(value, list) else value


class MalformedRequest(DomainError):
    """`reason` is not_json, not_utf8, too_deep, name_twice, null_character or unreadable."""

    code = "malformed_request"
    status = 400
    title = "The request cannot be read"
    param_names = ("reason",)

    def __init__(self, reason: str = "unreadable") -> None:
        super().__init__(reason=reason)


class AuthenticationRequired(DomainError):
    code = "authentication_required"
    status = 401
    title = "Log in first"


class NotAllowed(DomainError):
    code = "permission_denied"
    status = 403
    title = "Not allowed"


class LinkNotValid(DomainError):
    code = "link_not_valid"
    status = 403
    title = "This link is not valid, or not any more"


class NotFound(DomainError):
    code = "not_found"
    status = 404
    title = "Not found"


class MethodNotAllowed(DomainError):
    code = "method_not_allowed"
    status = 405
    title = "This method is not possible here"
    param_names = ("allowed",)


class NotAcceptable(DomainError):
    code = "not_acceptable"
    status = 406
    title = "The answer cannot have the form you accept"


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
    param_names = ("max_bytes",)


class UnsupportedMediaType(DomainError):
    code = "unsupported_media_type"
    status = 415
    title = "The body is of a type that is not read here"
    detail = "Use {allowed}."
    param_names = ("allowed",)


class ValidationFailed(DomainError):
    code = "validation_failed"
    status = 422
    title = "Some fields are not valid"


class RateLimited(DomainError):
    code = "rate_limited"
    status = 429
    title = "Too many requests"
    detail = "{limit} are possible in {window_seconds} seconds; try again later."
    param_names = ("limit", "window_seconds")
    retryable = True

    def __init__(self, limit: int, window_seconds: int, retry_after_seconds: int) -> None:
        super().__init__(limit=limit, window_seconds=window_seconds)
        self.retry_after_seconds = retry_after_seconds


class DailyLimitReached(DomainError):
    """`resets_at` is when the next one is possible, UTC."""

    code = "daily_limit_reached"
    status = 429
    title = "That was enough for today"
    detail = "{limit} a day are possible; go on tomorrow."
    param_names = ("limit", "resets_at")
    retryable = True

    def __init__(self, limit: int, resets_at: datetime, now: datetime) -> None:
        super().__init__(limit=limit, resets_at=resets_at)
        self.retry_after_seconds = int((resets_at - now).total_seconds()) + 1


class InternalError(DomainError):
    code = "internal_error"
    status = 500
    title = "Something went wrong on our side"
    retryable = True


class DependencyUnavailable(DomainError):
    code = "dependency_unavailable"
    status = 503
    title = "Service temporarily unavailable"
    retryable = True
    retry_after_seconds = 2
