"""How long a member of staff stays logged in, and since when their second factor is proved.

A session is over eight hours after its login, half an hour after its last use, with a new password (Django sees to
that), with a new second factor, and when its owner ends all of theirs.
"""

import time
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.staff import second_factor
from apps.staff.models import SecondFactor

LONGEST_SECONDS = 8 * 3600
IDLE_SECONDS = 30 * 60
# Noted now and then, so that most requests write nothing.
NOTED_SECONDS = 60
# To begin something dangerous, and to finish what was begun.
FRESH_SECONDS = 10 * 60
FINISH_SECONDS = 20 * 60

SINCE, SEEN, PROVED, FACTOR = "staff_since", "staff_seen", "staff_proved", "staff_factor"


def begin(request: HttpRequest) -> None:
    """The password was right; this alone opens nothing as long as second factors are asked for."""
    request.session[SINCE] = request.session[SEEN] = time.time()
    request.session.pop(PROVED, None)


def prove(request: HttpRequest, factor: SecondFactor) -> None:
    request.session[PROVED] = time.time()
    request.session[FACTOR] = str(factor.id)


def is_sound(request: HttpRequest) -> bool:
    """Looked at once in a request."""
    known = getattr(request, "_staff_session_is_sound", None)
    if known is None:
        known = _in_time(request.session) and _is_proved(request)
        request._staff_session_is_sound = known  # type: ignore[attr-defined]  # of this request alone
        if known:
            _note_use(request.session)
    return bool(known)


def is_fresh(request: HttpRequest, *, finishes: bool) -> bool:
    """Whether the second factor was proved lately enough to begin something dangerous, or to finish it."""
    if not settings.STAFF_SECOND_FACTOR:
        return True
    patience = FINISH_SECONDS if finishes else FRESH_SECONDS
    return bool(time.time() - request.session.get(PROVED, 0) < patience)


def _in_time(session: Any) -> bool:
    now = time.time()
    return bool(now - session.get(SINCE, 0) < LONGEST_SECONDS and now - session.get(SEEN, 0) < IDLE_SECONDS)


def _is_proved(request: HttpRequest) -> bool:
    if not settings.STAFF_SECOND_FACTOR:
        return True
    factor = second_factor.of(request.user) if PROVED in request.session else None  # type: ignore[arg-type]  # staff
    if factor is None or str(factor.id) != request.session.get(FACTOR):
        return False
    return datetime.fromtimestamp(request.session[SINCE], UTC) >= factor.sessions_since


def _note_use(session: Any) -> None:
    if time.time() - session[SEEN] > NOTED_SECONDS:
        session[SEEN] = time.time()
