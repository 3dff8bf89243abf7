"""Who calls: the bearer token of a device."""

from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from apps.accounts import device_login
from apps.accounts.device_login import AccountSuspended
from apps.accounts.models import Device, User
from apps.core.errors import DomainError


class TokenInvalid(DomainError):
    code = "token_invalid"
    status = 401
    title = "Log in again"


class SessionRevoked(DomainError):
    code = "session_revoked"
    status = 401
    title = "This device was logged out"


def caller(request: Request) -> User:
    """Whoever calls; behind IsAuthenticated that is always somebody. Raises NotAuthenticated."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def token_for(device: Device) -> AccessToken:
    """Names the user (`sub`), the device (`did`) and the secret it logged in with (`ver`), and lives an hour."""
    token = AccessToken()
    token["sub"] = str(device.user_id)
    token["did"] = str(device.id)
    token["ver"] = secret_version(device)
    return token


def secret_version(device: Device) -> str:
    """Tells two secrets apart without telling anything of them: a new secret ends every earlier token."""
    return bytes(device.secret_sha256 or b"").hex()[:8]


class DeviceTokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        """None without a bearer token. Raises TokenInvalid, SessionRevoked, AccountSuspended."""
        scheme, _, raw = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        token = _verified(raw)
        device = _device_of(token)
        if not device.user.is_active:
            raise AccountSuspended
        if device.first_used_at is None:
            device_login.mark_used(device, timezone.now())
        return device.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _verified(raw: bytes) -> AccessToken:
    try:
        return AccessToken(raw)  # type: ignore[arg-type]  # the stubs want a Token, the library takes what was sent
    except (TokenError, UnicodeDecodeError) as error:
        raise TokenInvalid from error


def _device_of(token: AccessToken) -> Device:
    device = Device.objects.select_related("user").filter(id=_id(token, "did"), user_id=_id(token, "sub")).first()
    if device is None or device.revoked_at or token.get("ver") != secret_version(device):
        raise SessionRevoked
    return device


def _id(token: AccessToken, claim: str) -> int:
    value: Any = token.get(claim)
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        raise TokenInvalid
    return int(value)
