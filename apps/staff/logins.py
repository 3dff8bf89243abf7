"""Logins, failed logins and logouts of staff, into the audit log and the log."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Model
from django.dispatch import receiver
from django.http import HttpRequest
from structlog import get_logger

from apps.staff import audit, sessions

log = get_logger(__name__)


@receiver(user_logged_in, dispatch_uid="staff log in")
def logged_in(request: HttpRequest, user: Any, **_: Any) -> None:
    sessions.begin(request)
    if user.is_staff:
        audit.record(request, "login", user)
        log.info("staff logged in", staff_id=str(user.pk))


@receiver(user_logged_out, dispatch_uid="staff log out")
def logged_out(request: HttpRequest, user: Any, **_: Any) -> None:
    if user is not None and user.is_staff:
        audit.record(request, "logout", user)


@receiver(user_login_failed, dispatch_uid="staff fail to log in")
def failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Of a name that nobody has nothing is kept: people type passwords into that field."""
    if request is None:
        return
    users: Any = get_user_model()._default_manager
    known: Model | None = users.filter(username=credentials.get("username"), is_staff=True).first()
    audit.record(request, "login.failed", known)
    log.warning("staff login failed", staff_id=str(known.pk) if known else "")
