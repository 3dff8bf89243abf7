"""The stand-in for OSS lets through what OSS would; oss2 signs, in tests/emoji/test_oss.py, and here it is broken."""

from datetime import UTC, datetime, timedelta

import pytest

from dev.oss_signature import ALGORITHM, Request, refused

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SCOPE = "20261123/cn-beijing/oss/aliyun_v4_request"


def presigned(**query: str) -> Request:
    usual = {
        "x-oss-signature-version": ALGORITHM,
        "x-oss-credential": f"id/{SCOPE}",
        "x-oss-date": "20261123T120000Z",
        "x-oss-expires": "3600",
        "x-oss-signature": "ebbdf51b24f2e2ea76ef1d3c3e0da3e2a0d6b2aa4ba0bb8a5e3ad9ab0c5e9d15",
    }
    return Request("GET", "/bucket/photos/1.jpg", usual | query, {})


def test_nothing_is_read_without_a_signature() -> None:
    assert refused(Request("GET", "/bucket/key", {}, {}), {"id": "secret"}, NOW) == "AccessDenied"


def test_a_key_nobody_was_given_is_unknown() -> None:
    assert refused(presigned(), {}, NOW) == "InvalidAccessKeyId"


def test_a_made_up_signature_is_wrong() -> None:
    assert refused(presigned(), {"id": "secret"}, NOW) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("now", "lifetime", "code"),
    [
        (NOW, "3600", ""),
        (NOW + timedelta(minutes=61), "3600", "AccessDenied"),
        (NOW - timedelta(minutes=16), "3600", "RequestTimeTooSkewed"),
        (NOW, str(8 * 86400), "AccessDenied"),
    ],
    ids=["in time", "too late", "from the future", "for too long"],
)
def test_a_signature_has_its_time(monkeypatch: pytest.MonkeyPatch, now: datetime, lifetime: str, code: str) -> None:
    monkeypatch.setattr("dev.oss_signature._signature", lambda request, *_: request.query["x-oss-signature"])
    assert refused(presigned(**{"x-oss-expires": lifetime}), {"id": "secret"}, now) == code
