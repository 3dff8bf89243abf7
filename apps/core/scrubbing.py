"""What must not be in a log line or an error report: secrets, tokens, device ids, where a photo is.

By the name of a field, and by how a value looks: our own secrets begin with a word of ours, so that they are found in
any text. Addresses lose what is behind the question mark, which may be a signature; those of photos their path too.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

REMOVED = "[removed]"
# They are no secrets; neither are truths and nothing.
NUMBERS = frozenset({int, float, bool, type(None)})
DEEPEST = 12
SECRET_NAMES = re.compile(
    r"secret|token|passw|pwd|authorization|api_?key|access_?key|signature|cookie|session_?id|csrf|pepper|credential"
    r"|dsn|device_?id|x_forwarded_for|remote_addr|face_box|extended_box",
    re.IGNORECASE,
)
# They say when, how many or which kind, and nothing more.
HARMLESS_NAMES = frozenset({"token_type", "idempotency_key"})
SECRETS = re.compile(
    r"\b(?:pkd1_|pkr1_)[\w-]+"
    r"|\beyJ[\w-]{8,}(?:\.[\w-]+){0,2}"
    r"|\bLTAI[\w]{8,}"
    r"|\bsk-[\w-]{8,}"
    r"|(?:Bearer|Basic)\s+[^\s'\"\\,}]+"
    r"|(?<=://)[^\s/@'\"]+:[^\s/@'\"]*(?=@)"
)
URL = re.compile(r"(?:https?|redis|postgresql)://[^\s'\"<>\\)]+")
PHOTO = re.compile(r"/(?:photos|results|emoji/objects)/|aliyuncs\.com$|\.(?:jpe?g|png|webp|mp4|gif)$", re.IGNORECASE)
OBJECT = re.compile(r"(?<=/emoji/objects/)[^\s'\"?]+(?:\?[^\s'\"]*)?")
# Nothing below finds anything in a text without one of these; most texts of a log have none.
SUSPICIOUS = re.compile(r"pk[dr]1_|eyJ|LTAI|sk-|://|/objects/|Bearer|Basic|=")
SIGNED = re.compile(r"(?i)\b(signature|x-oss-[\w-]+|expires|ossaccesskeyid|security-token)=[^&\s'\"]+")


def scrubbed(value: Any, depth: int = 0) -> Any:
    """The same in shape, without what must not leave."""
    if type(value) in NUMBERS:
        return value
    if isinstance(value, str):
        return scrubbed_text(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    if depth > DEEPEST:
        return REMOVED
    if isinstance(value, Mapping):
        return {key: _field(key, inner, depth) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrubbed(inner, depth + 1) for inner in value]
    return value


def scrubbed_text(text: str) -> str:
    if not SUSPICIOUS.search(text):
        return text
    text = SECRETS.sub(REMOVED, text)
    text = URL.sub(_address, text)
    return SIGNED.sub(rf"\1={REMOVED}", OBJECT.sub(REMOVED, text))


def _field(name: Any, value: Any, depth: int) -> Any:
    kind = type(value)
    if kind in NUMBERS:
        return value
    if _is_secret(name):
        return REMOVED
    return scrubbed_text(value) if kind is str else scrubbed(value, depth + 1)


@lru_cache(maxsize=2048)
def _is_secret(name: Any) -> bool:
    return isinstance(name, str) and name not in HARMLESS_NAMES and bool(SECRET_NAMES.search(name))


def _address(found: "re.Match[str]") -> str:
    try:
        parts = urlsplit(found[0])
        host = parts.hostname or ""
    except ValueError:
        return REMOVED
    place = f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
    is_photo = PHOTO.search(parts.path) or (PHOTO.search(host) and not host.startswith("dashscope."))
    return f"{place}/{REMOVED}" if is_photo else f"{place}{parts.path}"
