"""OSS's V4 signatures, checked as OSS does (vendor: "Signature version 4", in headers and in URLs)."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

ALGORITHM = "OSS4-HMAC-SHA256"
ALWAYS_SIGNED = ("content-type", "content-md5")
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
CLOCKS_MAY_DIFFER = timedelta(minutes=15)
LONGEST = timedelta(days=7)


@dataclass(frozen=True)
class Request:
    """As it came: `path` begins with the bucket, `query` is decoded, the names of `headers` are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Signed:
    """What the request says of its own signature."""

    key_id: str
    scope: str
    moment: str
    signature: str
    additional: str
    lifetime: timedelta


def refused(request: Request, secrets: Mapping[str, str], now: datetime) -> str:
    """OSS's code for what is wrong with the signature; empty when nothing is."""
    signed = _in_url(request) or _in_header(request)
    if signed is None:
        return "AccessDenied"
    if signed.key_id not in secrets:
        return "InvalidAccessKeyId"
    if not hmac.compare_digest(_signature(request, signed, secrets[signed.key_id]), signed.signature):
        return "SignatureDoesNotMatch"
    return _out_of_time(signed, now)


def _out_of_time(signed: Signed, now: datetime) -> str:
    at = datetime.strptime(signed.moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if at > now + CLOCKS_MAY_DIFFER:
        return "RequestTimeTooSkewed"
    return "AccessDenied" if now > at + signed.lifetime or signed.lifetime > LONGEST else ""


def _in_url(request: Request) -> Signed | None:
    query = request.query
    if query.get("x-oss-signature-version") != ALGORITHM:
        return None
    key_id, _, scope = query.get("x-oss-credential", "").partition("/")
    lifetime = timedelta(seconds=int(query.get("x-oss-expires", 0)))
    additional = query.get("x-oss-additional-headers", "")
    return Signed(key_id, scope, query["x-oss-date"], query.get("x-oss-signature", ""), additional, lifetime)


def _in_header(request: Request) -> Signed | None:
    algorithm, _, told = request.headers.get("authorization", "").partition(" ")
    if algorithm != ALGORITHM:
        return None
    fields = dict(part.strip().partition("=")[::2] for part in told.split(","))
    key_id, _, scope = fields.get("Credential", "").partition("/")
    moment, signature = request.headers["x-oss-date"], fields.get("Signature", "")
    return Signed(key_id, scope, moment, signature, fields.get("AdditionalHeaders", ""), CLOCKS_MAY_DIFFER)


def _signature(request: Request, signed: Signed, secret: str) -> str:
    key = b"aliyun_v4" + secret.encode()
    for part in signed.scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    digest = hashlib.sha256(_canonical(request, signed).encode()).hexdigest()
    to_sign = "\n".join((ALGORITHM, signed.moment, signed.scope, digest))
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


def _canonical(request: Request, signed: Signed) -> str:
    query = sorted((_coded(name), _coded(value)) for name, value in request.query.items() if name != "x-oss-signature")
    headers = sorted((name, value) for name, value in request.headers.items() if _is_signed(name, signed.additional))
    return "\n".join(
        (
            request.method,
            quote(request.path, safe="/~"),
            "&".join(f"{name}={value}" if value else name for name, value in query),
            "".join(f"{name}:{value.strip()}\n" for name, value in headers),
            signed.additional,
            request.headers.get("x-oss-content-sha256", UNSIGNED_PAYLOAD),
        )
    )


def _is_signed(name: str, additional: str) -> bool:
    return name.startswith("x-oss-") or name in ALWAYS_SIGNED or name in additional.split(";")


def _coded(text: str) -> str:
    return quote(text, safe="~")
