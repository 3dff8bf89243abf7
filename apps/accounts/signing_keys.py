"""The keys of access tokens: `JWT_SIGNING_KEYS`, newest first. The newest signs, all verify.

To rotate, put a new key in front, and take the old one out when the tokens it signed have expired.
"""

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SHORTEST_BYTES = 32
KID = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class SigningKey:
    kid: str
    secret: bytes


def newest() -> SigningKey:
    return all_keys()[0]


def named(kid: str) -> SigningKey | None:
    return next((key for key in all_keys() if key.kid == kid), None)


def all_keys() -> tuple[SigningKey, ...]:
    """Raises ImproperlyConfigured for keys that are missing, too short (RFC 8725 3.5), or named alike."""
    return _read(tuple(settings.JWT_SIGNING_KEYS))


@cache
def _read(written: tuple[str, ...]) -> tuple[SigningKey, ...]:
    keys = tuple(_one(text) for text in written)
    if not keys or len({key.kid for key in keys}) < len(keys):
        raise ImproperlyConfigured("JWT_SIGNING_KEYS has no key, or two of one name")
    return keys


def _one(written: str) -> SigningKey:
    """Errors never quote the key."""
    kid, _, encoded = written.partition(":")
    try:
        secret = b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ImproperlyConfigured("JWT_SIGNING_KEYS is a list of kid:base64") from error
    if not KID.fullmatch(kid) or len(secret) < SHORTEST_BYTES:
        raise ImproperlyConfigured(f"JWT_SIGNING_KEYS: each key has a name and {SHORTEST_BYTES} bytes or more")
    return SigningKey(kid, secret)
