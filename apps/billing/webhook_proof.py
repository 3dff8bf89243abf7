"""That a webhook is RevenueCat's: its secret, and its signature where one is set up (vendor: the webhook reference)."""

import hashlib
import hmac
from collections.abc import Sequence

from apps.core.errors import DomainError

BEARER = "Bearer "
SIGNATURE_TOLERANCE_SECONDS = 300


class WebhookUnauthorized(DomainError):
    code = "webhook_unauthorized"
    status = 401
    title = "The webhook's secret or signature is wrong"


def require_secret(authorization: str, secrets: Sequence[str]) -> None:
    """The header is a secret itself, or `Bearer` and a secret; so may a secret be written here. None set: nobody comes
    in."""
    shown = authorization.removeprefix(BEARER).encode(errors="replace")
    # All are compared, so that the time taken does not tell which one was close.
    known = [secret.removeprefix(BEARER) for secret in secrets]
    equal = [bool(secret) and hmac.compare_digest(shown, secret.encode()) for secret in known]
    if not any(equal):
        raise WebhookUnauthorized


def require_signature(header: str, body: bytes, key: str, now: float) -> None:
    """`t=<unix seconds>,v1=<hex>`: HMAC-SHA256 of `t`, a dot and the raw body; several `v1` while a key is changed."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t" and value.isascii() and value.isdigit()]
    if not times or abs(now - int(times[0][:18])) > SIGNATURE_TOLERANCE_SECONDS:
        raise WebhookUnauthorized
    expected = hmac.new(key.encode(), times[0].encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    signatures = [value.encode(errors="replace") for name, _, value in parts if name == "v1"]
    if not any(hmac.compare_digest(signature, expected) for signature in signatures):
        raise WebhookUnauthorized
