"""Codes of authenticator apps: RFC 6238 as all of them know it, SHA-1, six digits, a new one every 30 seconds."""

import base64
import hashlib
import hmac
import secrets
import struct
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
# A phone's clock may be one step off, and people are slow.
STEPS_OFF = 1


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def code_at(secret: bytes, step: int) -> str:
    mac = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_at(unix_seconds: float) -> int:
    return int(unix_seconds) // STEP_SECONDS


def matching_step(secret: bytes, code: str, unix_seconds: float, *, after: int) -> int | None:
    """The step whose code this is, if it is of about now and later than `after`; None for a wrong or used code."""
    now = step_at(unix_seconds)
    found = None
    for step in range(now - STEPS_OFF, now + STEPS_OFF + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and step > after:
            found = step
    return found


def provisioning_uri(secret: bytes, name: str, issuer: str) -> str:
    """What the QR code says (github.com/google/google-authenticator/wiki/Key-Uri-Format)."""
    label = quote(f"{issuer}:{name}")
    return f"otpauth://totp/{label}?" + urlencode({"secret": as_text(secret), "issuer": issuer})


def as_text(secret: bytes) -> str:
    """For who cannot scan."""
    return base64.b32encode(secret).decode().rstrip("=")
