"""Every token that is not exactly one of ours is a 401, whatever is wrong with it."""

import json
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import access_token, sessions, signing_keys
from apps.accounts.models import Device
from tests.conftest import at

HOUR = 3600


def ask(token: str) -> Any:
    return APIClient().get("/api/v1/user/profile", headers={"Authorization": f"Bearer {token}"})


def encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).rstrip(b"=").decode()


@pytest.fixture
def token(device: Device) -> str:
    return str(access_token.issue(sessions.start(device)))


@pytest.fixture
def forged(token: str) -> Callable[..., str]:
    """A token with our key, and some claims or headers that ours never have; None takes one away."""

    def forge(headers: dict[str, Any] | None = None, **claims: Any) -> str:
        header = {"typ": "at+jwt", "kid": signing_keys.newest().kid, "alg": "HS256"} | (headers or {})
        payload = jwt.decode(token, options={"verify_signature": False}) | claims
        return signed(
            json.dumps({name: value for name, value in header.items() if value is not None}),
            json.dumps({name: value for name, value in payload.items() if value is not None}),
        )

    return forge


def signed(header: str, payload: str, key: bytes = b"") -> str:
    text = f"{encoded(header.encode())}.{encoded(payload.encode())}"
    signature = jwt.get_algorithm_by_name("HS256").sign(text.encode(), key or signing_keys.newest().secret)
    return f"{text}.{encoded(signature)}"


def test_a_token_of_ours_is_let_in(token: str, forged: Callable[..., str]) -> None:
    assert ask(token).status_code == 200
    assert ask(forged()).status_code == 200


def test_it_names_user_device_session_and_key(token: str, device: Device) -> None:
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["sub"], claims["did"]) == (str(device.user_id), str(device.id))
    assert claims["exp"] - claims["iat"] == HOUR
    assert set(access_token.CLAIMS) <= set(claims)
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "kid": "local", "typ": "at+jwt"}


def now(**later: float) -> int:
    return int((timezone.now() + timedelta(**later)).timestamp())


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": None},
        {"exp": str(now(hours=9))},
        {"exp": now(hours=9) + 0.5},
        {"exp": True},
        {"exp": -1},
        {"exp": [now(hours=9)]},
        {"exp": {"at": 1}},
        {"iat": now(hours=9)},
        {"iat": "soon"},
        {"iat": None},
        {"nbf": now(hours=9)},
        {"nbf": "soon"},
        {"aud": None},
        {"aud": "another-app"},
        {"aud": ["pickitchen-app"]},
        {"aud": ["pickitchen-app", "another-app"]},
        {"aud": {"pickitchen-app": 1}},
        {"iss": None},
        {"iss": "somebody-else"},
        {"iss": ["pickitchen"]},
        {"sub": None},
        {"sub": "nobody"},
        {"sub": 7},
        {"sub": "12٣"},
        {"sub": "9" * 19},
        {"sub": "9" * 40},
        {"sub": "-1"},
        {"sub": ""},
        {"sid": None},
        {"sid": 7},
        {"sid": ["7"]},
        {"did": None},
        {"did": {"id": "7"}},
        {"ver": None},
        {"ver": "1"},
        {"ver": 1.0},
        {"jti": None},
        {"jti": 7},
        {"token_type": "refresh"},
        {"token_type": None},
    ],
    ids=" ".join,
)
def test_a_wrong_claim_is_invalid(forged: Callable[..., str], claims: dict[str, Any]) -> None:
    answer = ask(forged(**claims))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


@pytest.mark.parametrize("exp", ["1e400", "-1e400", "NaN", "Infinity", "1" * 400, "-" + "1" * 400, "9" * 5000])
def test_a_time_beyond_all_times_is_invalid(forged: Callable[..., str], token: str, exp: str) -> None:
    payload = json.dumps(jwt.decode(token, options={"verify_signature": False}) | {"exp": "HERE"})
    header = json.dumps(jwt.get_unverified_header(token))
    assert ask(signed(header, payload.replace('"HERE"', exp))).json()["code"] == "token_invalid"


@pytest.mark.parametrize("exp", [0, 1, now(hours=-1)], ids=["the epoch", "a second later", "an hour ago"])
def test_an_expired_token_says_so_and_when(forged: Callable[..., str], exp: int) -> None:
    answer = ask(forged(exp=exp))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")
    assert answer.json()["params"]["expired_at"].endswith("Z")


def test_an_hour_ends_it_but_for_ten_seconds_of_leeway(token: str) -> None:
    with at(timezone.now() + timedelta(seconds=HOUR + 8)):
        assert ask(token).status_code == 200
    with at(timezone.now() + timedelta(seconds=HOUR + 12)):
        assert ask(token).json()["code"] == "token_expired"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "None"},
        {"alg": "nOnE"},
        {"alg": "HS384"},
        {"alg": "HS512"},
        {"alg": "RS256"},
        {"alg": None},
        {"alg": ["HS256"]},
        {"typ": "JWT"},
        {"typ": "refresh"},
        {"typ": None},
        {"kid": None},
        {"kid": "unknown"},
        {"kid": "../../dev/null"},
        {"kid": "x" * 10_000},
        {"kid": 7},
        {"kid": ["local"]},
        {"kid": {}},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"crit": ["b64"], "b64": False},
        {"crit": []},
        {"b64": False},
    ],
    ids=lambda header: str(header)[:40],
)
def test_a_wrong_header_is_invalid(forged: Callable[..., str], header: dict[str, Any]) -> None:
    answer = ask(forged(header))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_no_signature_or_one_with_another_key_is_invalid(token: str) -> None:
    header, payload, signature = token.split(".")
    none = encoded(json.dumps({"typ": "at+jwt", "kid": "local", "alg": "none"}).encode())
    decoded = json.dumps(jwt.decode(token, options={"verify_signature": False}))
    for bad in (
        f"{none}.{payload}.",
        f"{none}.{payload}.{signature}",
        f"{header}.{payload}.",
        f"{header}.{payload}.{signature[::-1]}",
        signed(json.dumps(jwt.get_unverified_header(token)), decoded, b"\0"),
        signed(json.dumps(jwt.get_unverified_header(token)), decoded, b"another key that is long enough for HS256"),
    ):
        assert ask(bad).json()["code"] == "token_invalid"


def test_the_signature_of_another_token_is_invalid(token: str, new_device: Callable[[], Device]) -> None:
    other = str(access_token.issue(sessions.start(new_device())))
    answer = ask(".".join([*other.split(".")[:2], token.split(".")[2]]))
    assert answer.json()["code"] == "token_invalid"


@pytest.mark.parametrize("place", ["header", "payload"])
def test_a_name_that_stands_twice_is_invalid(token: str, place: str) -> None:
    header = json.dumps(jwt.get_unverified_header(token))
    payload = json.dumps(jwt.decode(token, options={"verify_signature": False}))
    twice = {"header": ('{"kid": "other", ' + header[1:], payload), "payload": (header, '{"sub": "1", ' + payload[1:])}
    assert ask(signed(*twice[place])).json()["code"] == "token_invalid"


@pytest.mark.parametrize(
    ("header", "payload"),
    [("[]", "{}"), ('"x"', "{}"), ("{}", "{}"), ("", ""), ("{", "{"), ("[" * 1500, "{}"), ("\ud83d", "{}")],
    ids=lambda text: text[:6].encode("ascii", "replace").decode(),
)
def test_a_part_that_is_no_json_object_is_invalid(db: None, header: str, payload: str) -> None:
    key = signing_keys.newest().secret
    parts = [encoded(part.encode("utf-8", "surrogatepass")) for part in (header, payload)]
    signature = jwt.get_algorithm_by_name("HS256").sign(".".join(parts).encode(), key)
    assert ask(".".join([*parts, encoded(signature)])).json()["code"] == "token_invalid"


def test_a_payload_that_is_no_object_is_invalid(token: str) -> None:
    header = json.dumps(jwt.get_unverified_header(token))
    for payload in ("[]", "null", "7", '"text"', "[" * 1500):
        assert ask(signed(header, payload)).json()["code"] == "token_invalid"


def test_another_spelling_of_a_token_is_invalid(token: str) -> None:
    header, payload, signature = token.split(".")
    for bad in (
        token + "=",
        token + ".",
        f"{token}.{signature}",
        f"{token}.{signature}.{signature}",
        f"{header}.{payload}",
        f"{header}.{payload}.{signature[:5]}~{signature[5:]}",
        f"{header}..{signature}",
        token.replace(".", ".."),
        f"{header}.{payload} .{signature}",
        f"{token} {token}",
    ):
        assert ask(bad).json()["code"] == "token_invalid", bad


@pytest.mark.parametrize("token", ["x", "a.b.c", "a.b", "é.é.é", "." * 3, "." * 100_000, "a." * 32_768], ids=len)
def test_rubbish_is_invalid(db: None, token: str) -> None:
    assert ask(token).json()["code"] == "token_invalid"


def test_a_valid_token_of_more_than_4_kib_is_invalid(forged: Callable[..., str]) -> None:
    assert ask(forged(extra="x" * 2000)).status_code == 200
    assert ask(forged(extra="x" * 4000)).json()["code"] == "token_invalid"
    assert ask(forged(extra="x" * 65_536)).json()["code"] == "token_invalid"


def test_rotating_the_keys_logs_nobody_out(token: str, settings: Any) -> None:
    older = settings.JWT_SIGNING_KEYS
    newer = f"next:{b64encode(secrets.token_bytes(32)).decode()}"
    settings.JWT_SIGNING_KEYS = [newer, *older]
    assert ask(token).status_code == 200
    settings.JWT_SIGNING_KEYS = [newer]
    assert ask(token).json()["code"] == "token_invalid"
