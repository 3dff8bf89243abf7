"""Who calls: the bearer token of a session. One query tells whether it still holds."""

from typing import ClassVar

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from apps.accounts import access_token, sessions, standing
from apps.accounts.access_token import TokenExpired, TokenInvalid
from apps.accounts.device_proof import DeviceSecretRequired
from apps.accounts.models import Session, User
from apps.accounts.sessions import SessionRevoked
from apps.accounts.standing import Standing
from apps.core.prepared_query import Given, PreparedQuery

OPEN_SESSION = PreparedQuery(
    lambda: Session.objects.select_related("user").filter(
        id=Given("session_id"), user_id=Given("user_id"), device_id=Given("device_id"), revoked_at=None
    )
)


def caller(request: Request) -> User:
    """Whoever calls; behind IsAuthenticated that is always somebody. Raises NotAuthenticated."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def session_of(request: Request) -> Session:
    """With what the caller is logged in. Raises NotAuthenticated."""
    if not isinstance(request.auth, Session):
        raise NotAuthenticated
    return request.auth


def proved_session(request: Request) -> Session:
    """For what a bare device id must not do. Raises DeviceSecretRequired for a session that was opened by one."""
    session = session_of(request)
    if session.auth_level == Session.AuthLevel.BARE:
        raise DeviceSecretRequired
    return session


class DeviceTokenAuthentication(BaseAuthentication):
    """Lets in accounts in good standing; a view for others names a subclass that lets in more."""

    lets_in: ClassVar[tuple[Standing, ...]] = (Standing.ACTIVE,)

    def authenticate(self, request: Request) -> tuple[User, Session] | None:
        """None without a bearer token.

        Raises TokenInvalid, TokenExpired, SessionRevoked, AccountSuspended, AccountPendingDeletion.
        """
        raw = _bearer(request)
        if raw is None:
            return None
        session, now = _session_named(raw), timezone.now()
        standing.require(session.user, now, *self.lets_in)
        sessions.note_use(session, now)
        return session.user, session

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class DeletingAuthentication(DeviceTokenAuthentication):
    """For leaving, which a suspension must not prevent."""

    lets_in = (Standing.ACTIVE, Standing.SUSPENDED)


class UndoingAuthentication(DeviceTokenAuthentication):
    """For coming back while the deletion waits."""

    lets_in = (Standing.ACTIVE, Standing.PENDING_DELETION)


def session_shown(request: Request) -> Session | None:
    """The session of the bearer token, whatever the standing of its user; None for a token that holds no more."""
    raw = _bearer(request)
    try:
        return _session_named(raw) if raw else None
    except (TokenInvalid, TokenExpired, SessionRevoked):
        return None


def _bearer(request: Request) -> bytes | None:
    """As bytes: a header may have any."""
    scheme, _, raw = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return raw.strip().encode("latin-1", "replace") if scheme.lower() == "bearer" else None


def _session_named(raw: bytes) -> Session:
    claims = access_token.read(raw)
    session = OPEN_SESSION.first(session_id=claims.session_id, user_id=claims.user_id, device_id=claims.device_id)
    if session is None or session.user.token_version != claims.version:
        raise SessionRevoked
    return session
