"""The way in: the password, then the second factor or, the first time, its enrolment. Nobody is logged in between."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from django.conf import settings
from django.contrib import admin, auth, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.safestring import mark_safe

from apps.staff import audit, letters, second_factor, sessions, throttle, totp
from apps.staff.login_forms import CodeForm, FirstCodeForm, PasswordForm, too_often
from apps.staff.models import SecondFactor

PENDING = "staff_pending"
PENDING_SECONDS = 5 * 60
WRONG = "That code is wrong, or was used before. Wait for the next one."

View = Callable[..., HttpResponseBase]


class PasswordStep(LoginView):
    """A right password is remembered for five minutes; the session is not logged in yet."""

    next_page = "admin:index"

    def form_valid(self, form: Any) -> HttpResponse:
        if not settings.STAFF_SECOND_FACTOR:
            return super().form_valid(form)
        user = form.get_user()
        session = self.request.session
        session.cycle_key()
        session[PENDING] = {
            "id": str(user.pk),
            "hash": user.get_session_auth_hash(),
            "at": time.time(),
            "next": self.get_success_url(),
        }
        return redirect("admin:second_factor")

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if isinstance(form, PasswordForm) and form.wait_seconds:
            response.status_code = 429
            response["Retry-After"] = str(form.wait_seconds)
        return response


def second_factor_page(request: HttpRequest) -> HttpResponse:
    user = _pending_user(request)
    if user is None:
        return redirect("admin:login")
    factor = second_factor.of(user)
    return _prove(request, user, factor) if factor else _enrol(request, user)


def again_page(request: HttpRequest) -> HttpResponse:
    """A fresh code before something dangerous; the session goes on."""
    factor = second_factor.of(request.user)  # type: ignore[arg-type]  # staff
    if factor is None:
        raise PermissionDenied
    form = CodeForm(request.POST or None)
    if form.is_valid() and _is_right(request, form, request.user, lambda code: second_factor.proves(factor, code)):
        sessions.prove(request, factor)
        audit.record(request, "second_factor.proved", factor)
        return redirect(_safe(request, request.GET.get("next", "")))
    return _shown(request, "Once more, please", form, {"meaning": "What comes next needs a fresh code."})


def codes_page(request: HttpRequest) -> HttpResponse:
    """One's own second factor: new recovery codes, and the end of all sessions."""
    factor = second_factor.of(request.user)  # type: ignore[arg-type]  # staff
    if factor is None:
        raise PermissionDenied
    if request.method == "POST" and "end_sessions" in request.POST:
        second_factor.end_sessions(factor)
        audit.record(request, "sessions.ended", factor)
        letters.tell_owner(factor.staff_id, "All your sessions were ended")
        auth.logout(request)
        return redirect("admin:login")
    if request.method == "POST":
        audit.record(request, "second_factor.new_codes", factor)
        letters.tell_owner(factor.staff_id, "You were given new recovery codes")
        return _codes_shown(request, second_factor.new_recovery_codes(factor), reverse("admin:index"))
    left = factor.recovery_codes.filter(used_at=None).count()
    return render(request, "admin/staff/own.html", _context(request, "Your second factor") | {"left": left})


def _is_sent(request: HttpRequest) -> bool:
    return request.method != "GET"


def with_fresh_proof(view: View, finishes: Callable[[HttpRequest], bool] = _is_sent) -> View:
    """For pages that move money or rights: whoever proved the second factor long ago does it again. There is more time
    to finish what was begun."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if sessions.is_fresh(request, finishes=finishes(request)):
            return view(request, *args, **kwargs)
        return redirect(f"{reverse('admin:second_factor_again')}?{urlencode({'next': request.get_full_path()})}")

    return guarded


def _prove(request: HttpRequest, user: Any, factor: SecondFactor) -> HttpResponse:
    form = CodeForm(request.POST or None)
    if form.is_valid() and _is_right(request, form, user, lambda code: second_factor.proves(factor, code)):
        return redirect(_logged_in(request, user, factor))
    return _shown(request, "Second factor", form, {"meaning": "A password alone opens nothing here."})


def _enrol(request: HttpRequest, user: Any) -> HttpResponse:
    pending = request.session[PENDING]
    try:
        factor = second_factor.begun(user, pending.get("shown", ""))
    except second_factor.InUse:
        return redirect("admin:second_factor")
    request.session[PENDING] = pending | {"shown": second_factor.mark(factor)}
    found: list[str] = []

    def confirms(code: str) -> bool:
        found.extend(second_factor.confirm(factor, code) or ())
        return bool(found)

    form = FirstCodeForm(request.POST or None)
    if form.is_valid() and _is_right(request, form, user, confirms):
        onward = _logged_in(request, user, factor)
        audit.record(request, "second_factor.set", factor)
        letters.tell_owner(factor.staff_id, "A second factor was set up for your account")
        return _codes_shown(request, found, onward)
    return _shown(request, "Set up your second factor", form, _qr_code(factor, user))


def _qr_code(factor: SecondFactor, user: Any) -> dict[str, Any]:
    secret = second_factor.secret_of(factor) or b""
    uri = totp.provisioning_uri(secret, user.get_username(), settings.STAFF_ISSUER)
    svg = segno.make(uri, error="m").svg_inline(scale=5, light="white")
    return {
        "meaning": "Scan this with an authenticator app, then type the code it shows.",
        "qr": mark_safe(svg),  # noqa: S308 - drawn here, of squares
        "secret": totp.as_text(secret),
    }


@transaction.atomic
def _is_right(request: HttpRequest, form: CodeForm, user: Any, proves: Callable[[str], bool]) -> bool:
    """Else the form says why not."""
    if wait := throttle.code_wait(user.pk):
        form.add_error("code", too_often(wait))
        return False
    if proves(form.cleaned_data["code"]):
        return True
    audit.record(request, "second_factor.failed", user)
    form.add_error("code", WRONG)
    return False


def _logged_in(request: HttpRequest, user: Any, factor: SecondFactor) -> str:
    """With a new session key. Where the way led."""
    onward = _safe(request, request.session.pop(PENDING, {}).get("next", ""))
    auth.login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    sessions.prove(request, factor)
    return onward


def _pending_user(request: HttpRequest) -> Any:
    """None when nobody gave a password, too long ago, or one that was changed since."""
    pending = request.session.get(PENDING, {})
    if time.time() - pending.get("at", 0) > PENDING_SECONDS:
        return None
    users: Any = get_user_model()._default_manager
    user = users.filter(pk=pending["id"], is_staff=True, is_active=True).first()
    is_same = user is not None and constant_time_compare(user.get_session_auth_hash(), pending["hash"])
    return user if is_same else None


def _safe(request: HttpRequest, onward: str) -> str:
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(onward, hosts, require_https=request.is_secure())
    return onward if is_ours else reverse("admin:index")


def _codes_shown(request: HttpRequest, codes: list[str], onward: str) -> HttpResponse:
    messages.success(request, "Your second factor is set.")
    shown = _context(request, "Your recovery codes") | {"codes": codes, "onward": onward}
    return render(request, "admin/staff/recovery_codes.html", shown)


def _shown(request: HttpRequest, title: str, form: CodeForm, more: dict[str, Any]) -> HttpResponse:
    shown = _context(request, title) | {"form": form} | more
    return render(request, "admin/staff/second_factor.html", shown, status=400 if form.errors else 200)


def _context(request: HttpRequest, title: str) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": title}
