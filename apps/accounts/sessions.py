"""Sessions begin with a login and end in many ways; an ended one stays ended."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import Device, RefreshToken, Session, User
from apps.core import prepared_insert, together
from apps.core.errors import DomainError
from apps.core.prepared_query import Given, PreparedUpdate
from apps.core.together import Write

Reason = Session.Reason

# How long a session lives from its last refresh, and from its login.
IDLE_LIFE = timedelta(days=60)
LONGEST_LIFE = timedelta(days=365)
SEEN_EVERY = timedelta(minutes=10)
MOST_OF_A_DEVICE = 20
# Support may ask when and why somebody was logged out.
KEPT_AFTER_END = timedelta(days=30)
MOST_AT_ONCE = 200

_SUPERSEDED = PreparedUpdate(
    lambda: Session.objects.filter(
        id__in=Session.objects.filter(device_id=Given("device_id"), revoked_at=None)
        .order_by("-id")
        .values("id")[MOST_OF_A_DEVICE - 1 :],
        revoked_at=None,
    ),
    **{"revoked_at": Given("at"), "revoked_reason": Reason.SUPERSEDED, "updated_at": Given("at")},
)


class SessionRevoked(DomainError):
    code = "session_revoked"
    status = 401
    title = "This device was logged out"


def start(device: Device) -> Session:
    session = new(device)
    together.run(*writes(session))
    prepared_insert.stored(session)
    return session


def new(device: Device, *, is_bare: bool = False) -> Session:
    """Not stored yet."""
    level = Session.AuthLevel.BARE if is_bare else Session.AuthLevel.SECRET
    return Session(user=device.user, device=device, auth_level=level, expires_at=timezone.now() + IDLE_LIFE)


def writes(session: Session) -> tuple[Write, Write]:
    """What stores a new one. A device that logs in again and again loses its oldest sessions."""
    inserted = prepared_insert.write(session)
    return inserted, _SUPERSEDED.write(device_id=session.device_id, at=session.created_at)


def living(user_id: int) -> QuerySet[Session]:
    sessions: QuerySet[Session] = Session.objects.living(timezone.now()).filter(user_id=user_id)
    return sessions.select_related("device")


def end(session_id: int, reason: Reason) -> None:
    _end(Session.objects.filter(id=session_id), reason)


def log_out(session: Session, *, all_devices: bool) -> None:
    if all_devices:
        end_all(session.user_id, Reason.LOGOUT_ALL)
    else:
        end(session.id, Reason.LOGOUT)


def end_of_device(device: Device, reason: Reason, but: Session | None = None) -> None:
    _end(Session.objects.filter(device=device).exclude(id=but.id if but else 0), reason)


@transaction.atomic
def end_all(user_id: int, reason: Reason) -> None:
    """The new version ends tokens of logins that run at the same moment, too."""
    User.objects.filter(id=user_id).update(token_version=F("token_version") + 1)
    _end(Session.objects.filter(user_id=user_id), reason)


def note_use(session: Session, at: datetime) -> None:
    """Now and then, so that most requests write nothing. The first use is also the device's."""
    if session.last_seen_at and at - session.last_seen_at < SEEN_EVERY:
        return
    if session.last_seen_at is None:
        Device.objects.filter(id=session.device_id, first_used_at=None).update(first_used_at=at)
    Session.objects.filter(id=session.id).update(last_seen_at=at)


def _end(sessions: QuerySet[Session], reason: Reason) -> None:
    now = timezone.now()
    sessions.filter(revoked_at=None).update(revoked_at=now, revoked_reason=reason, updated_at=now)


def forget_ended(at: datetime) -> int:
    """Delete sessions that ended long ago, and refresh tokens whose reuse would no longer be noticed, up to a number
    of each. How many that were."""
    long_ago = at - KEPT_AFTER_END
    ended = Session.objects.filter(Q(expires_at__lt=long_ago) | Q(revoked_at__lt=long_ago))
    forgotten, _ = Session.objects.filter(id__in=ended.values("id")[:MOST_AT_ONCE]).delete()
    rotated = RefreshToken.objects.filter(rotated_at__lt=at - IDLE_LIFE)
    unnoticed, _ = RefreshToken.objects.filter(id__in=rotated.values("id")[:MOST_AT_ONCE]).delete()
    return forgotten + unnoticed
