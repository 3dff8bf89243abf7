"""The device secret: 256 random bits that prove a device, made by the app or by us."""

import hashlib
import hmac
import secrets

SECRET_PREFIX = "pkd1_"  # noqa: S105 - how a secret begins, so that scanners find leaked ones


def new_secret() -> str:
    return SECRET_PREFIX + secrets.token_urlsafe(32)


def sha256(secret: str) -> bytes:
    """Plain SHA-256 is right for a secret of 256 random bits (ASVS 6.5.2)."""
    return hashlib.sha256(secret.encode()).digest()


def matches(secret: str, stored: bytes | memoryview | None) -> bool:
    """Takes as long for a device that has no secret as for one that has another."""
    is_same = hmac.compare_digest(sha256(secret), bytes(stored or bytes(32)))
    return is_same and stored is not None
