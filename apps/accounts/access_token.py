"""Access tokens: JWTs of an hour that name a session (RFC 8725, ASVS 9.1 and 9.2).

simplejwt gives the token its life and its id. It knows one key, no `kid`, no `typ`, and takes a token without most of
its claims; all that is done here.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import jwt
from django.conf import settings
from jwt import ExpiredSignatureError, InvalidTokenError
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import (
    ExpiredTokenError,
    TokenBackendError,
    TokenBackendExpiredToken,
    TokenError,
)
from rest_framework_simplejwt.tokens import AccessToken

from apps.accounts import signing_keys, token_form
from apps.accounts.models import Session
from apps.core.errors import DomainError
from apps.core.snowflake_field import DIGITS, MAX_ID

ALGORITHM = "HS256"
TYPE = "at+jwt"
HEADER = {"alg", "kid", "typ"}
CLAIMS = ("iss", "aud", "sub", "sid", "did", "ver", "jti", "iat", "exp")


class TokenInvalid(DomainError):
    code = "token_invalid"
    status = 401
    title = "Log in again"


class TokenExpired(DomainError):
    """The same request works after a refresh, not as it is."""

    code = "token_expired"
    status = 401
    title = "This token has expired; refresh it"
    detail = "It expired at {expired_at}."
    param_names = ("expired_at",)


@dataclass(frozen=True, slots=True)
class Claims:
    """`version` is the user's when the token was made; a later one ends every earlier token. `exp`: Unix seconds."""

    user_id: int
    session_id: int
    device_id: int
    version: int
    exp: int


class KeyRing(TokenBackend):
    def encode(self, payload: dict[str, Any]) -> str:
        key = signing_keys.newest()
        claims = payload | {"iss": self.issuer, "aud": self.audience}
        return jwt.encode(claims, key.secret, algorithm=ALGORITHM, headers={"kid": key.kid, "typ": TYPE})

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        try:
            return self._verified(bytes(token))
        except ExpiredSignatureError as error:
            raise TokenBackendExpiredToken("Token is expired") from error
        except (InvalidTokenError, ValueError, RecursionError) as error:
            raise TokenBackendError("Token is invalid") from error

    def _verified(self, token: bytes) -> dict[str, Any]:
        key = _key_of(token)
        token_form.require_times(token_form.claims(token))
        claims: dict[str, Any] = jwt.decode(
            token,
            key.secret,
            algorithms=[ALGORITHM],
            audience=self.audience,
            issuer=self.issuer,
            leeway=self.get_leeway(),
            options={"require": list(CLAIMS), "strict_aud": True},
        )
        return claims


class SessionToken(AccessToken):
    def get_token_backend(self) -> TokenBackend:
        ours: dict[str, Any] = settings.SIMPLE_JWT
        return KeyRing(ALGORITHM, audience=ours["AUDIENCE"], issuer=ours["ISSUER"], leeway=ours["LEEWAY"])


def issue(session: Session) -> SessionToken:
    token = SessionToken()
    token["sub"] = str(session.user_id)
    token["sid"] = str(session.id)
    token["did"] = str(session.device_id)
    token["ver"] = session.user.token_version
    return token


def read(raw: bytes) -> Claims:
    """What a token of ours says. Raises TokenInvalid, TokenExpired."""
    claims = _verified(raw, tuple(settings.JWT_SIGNING_KEYS))
    leeway: int = settings.SIMPLE_JWT["LEEWAY"]  # type: ignore[assignment]  # seconds; the stubs know settings of mixed types
    if claims.exp <= time.time() - leeway:
        raise TokenExpired(expired_at=datetime.fromtimestamp(claims.exp, UTC))
    return claims


@lru_cache(maxsize=2048)
def _verified(raw: bytes, keys: tuple[str, ...]) -> Claims:
    """A token that was ours with these keys stays ours; a phone shows the same one for an hour."""
    try:
        token = SessionToken(raw)  # type: ignore[arg-type]  # the stubs want a Token, the library takes what was sent
    except ExpiredTokenError as error:
        raise TokenExpired(expired_at=_expiry(raw)) from error
    except TokenError as error:
        raise TokenInvalid from error
    version = token["ver"]
    if type(version) is not int:
        raise TokenInvalid
    return Claims(_id(token["sub"]), _id(token["sid"]), _id(token["did"]), version, token["exp"])


def _key_of(token: bytes) -> signing_keys.SigningKey:
    """No header of ours points elsewhere (jku, x5u, jwk) or asks for more (crit), so none may."""
    header = token_form.header(token)
    if not isinstance(header, dict) or set(header) != HEADER or header["typ"] != TYPE:
        raise InvalidTokenError("not a header of ours")
    key = signing_keys.named(header["kid"])
    if key is None:
        raise InvalidTokenError("not a key of ours")
    return key


def _expiry(raw: bytes) -> datetime:
    """Of a token whose signature is right."""
    return datetime.fromtimestamp(token_form.claims(raw)["exp"], UTC)


def _id(claim: Any) -> int:
    if not isinstance(claim, str) or not DIGITS.fullmatch(claim) or int(claim) > MAX_ID:
        raise TokenInvalid
    return int(claim)
