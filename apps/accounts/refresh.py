"""Opaque refresh tokens, rotated at each use (contract 4.1).

A token is shown once. Its direct predecessor may be shown for 30 s more, because answers get lost, and brings the same
successor again; whatever else is shown twice was copied by somebody, and ends the session with all its tokens.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from structlog import get_logger

from apps.accounts import metrics, sessions, standing
from apps.accounts.models import RefreshToken, Session
from apps.accounts.sessions import SessionRevoked
from apps.accounts.standing import Standing
from apps.core import prepared_insert, together
from apps.core.errors import DomainError
from apps.core.together import Write

PREFIX = "pkr1_"
GRACE = timedelta(seconds=30)

log = get_logger(__name__)


class RefreshTokenInvalid(DomainError):
    code = "refresh_token_invalid"
    status = 401
    title = "This is no refresh token; log in again"


class RefreshTokenExpired(DomainError):
    code = "refresh_token_expired"
    status = 401
    title = "This refresh token is too old; log in again"


class RefreshTokenReused(DomainError):
    code = "refresh_token_reused"
    status = 401
    title = "This refresh token was used before; log in again"


@dataclass(frozen=True, slots=True)
class Issued:
    """A session and what keeps it open; `token` is nowhere else in clear."""

    session: Session
    token: str
    expires_at: datetime


def begin(session: Session, *beside: Write) -> Issued:
    """The first token of a session, which is open for as long; stored together with the session if that is new, and
    with what is to be written before it."""
    issued, writes = _first(session)
    together.run(*beside, *writes)
    prepared_insert.stored(session)
    return issued


def begin_if(first: Write, session: Session) -> Issued | None:
    """As `begin`, if the first write changes a row; else nothing is stored."""
    issued, writes = _first(session)
    if not together.run_if(first, *writes):
        return None
    prepared_insert.stored(session)
    return issued


def rotate(shown: str) -> Issued:
    """The successor of a token, and the session it keeps open.

    Raises RefreshTokenInvalid, RefreshTokenExpired, RefreshTokenReused, SessionRevoked, AccountSuspended.
    """
    with transaction.atomic(durable=True):
        row = _locked(shown)
        standing.require(row.session.user, timezone.now(), Standing.ACTIVE, Standing.PENDING_DELETION)
        issued = _again(row, shown) if row.rotated_at else _next(row, shown)
        if issued is None:
            sessions.end(row.session_id, Session.Reason.REFRESH_REUSED)
    # Raised outside, or the end of the session would be rolled back.
    if issued is None:
        metrics.refresh_reuse.inc()
        log.warning("a refresh token was shown again", session=row.session_id, user=row.session.user_id)
        raise RefreshTokenReused
    # Outside too: it writes to the device, which a login locks before the session.
    sessions.note_use(issued.session, timezone.now())
    return issued


def session_of(shown: str) -> Session | None:
    """Of any token of its chain: whoever has one may end the session, as showing it again would."""
    row = RefreshToken.objects.select_related("session").filter(token_sha256=_sha256(shown)).first()
    return row.session if row else None


def _locked(shown: str) -> RefreshToken:
    """The token as it is once we hold its session. Raises RefreshTokenInvalid, SessionRevoked."""
    named = RefreshToken.objects.filter(token_sha256=_sha256(shown))
    sessions_of_it = Session.objects.select_for_update(of=("self",)).select_related("user", "device")
    session = sessions_of_it.filter(id__in=named.values("session_id")).first()
    if session is None:
        raise RefreshTokenInvalid
    if session.revoked_at:
        raise SessionRevoked
    row = named.get()
    row.session = session
    return row


def _first(session: Session) -> tuple[Issued, list[Write]]:
    token = _written(secrets.token_bytes(32))
    opened = sessions.writes(session) if session._state.adding else ()
    row = RefreshToken(session=session, token_sha256=_sha256(token), expires_at=session.expires_at)
    return Issued(session, token, session.expires_at), [*opened, prepared_insert.write(row)]


def _next(row: RefreshToken, shown: str) -> Issued:
    now = timezone.now()
    if row.expires_at <= now:
        raise RefreshTokenExpired
    row.rotated_at, row.salt = now, secrets.token_bytes(32)
    row.save(update_fields=["rotated_at", "salt"])
    return _stored(row.session, _successor(shown, row.salt), row)


def _again(row: RefreshToken, shown: str) -> Issued | None:
    """The successor that was given before, if this token went just now and its successor has not gone yet."""
    last = RefreshToken.objects.filter(predecessor=row, rotated_at=None).first()
    if last is None or row.rotated_at is None or row.salt is None or timezone.now() - row.rotated_at > GRACE:
        return None
    return Issued(row.session, _successor(shown, bytes(row.salt)), last.expires_at)


def _stored(session: Session, token: str, predecessor: RefreshToken) -> Issued:
    expires_at = min(timezone.now() + sessions.IDLE_LIFE, session.created_at + sessions.LONGEST_LIFE)
    RefreshToken(session=session, predecessor=predecessor, token_sha256=_sha256(token), expires_at=expires_at).save()
    session.expires_at = expires_at
    session.save(update_fields=["expires_at", "updated_at"])
    return Issued(session, token, expires_at)


def _successor(token: str, salt: bytes) -> str:
    """From the token and its salt, so that it can be given again: one is nowhere stored, the other is never sent."""
    return _written(hmac.digest(salt, token.encode(), "sha256"))


def _written(secret: bytes) -> str:
    return PREFIX + urlsafe_b64encode(secret).rstrip(b"=").decode()


def _sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
