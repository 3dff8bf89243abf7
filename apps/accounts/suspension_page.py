"""The page on which staff suspend a user, or lift the suspension."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from apps.accounts import suspension
from apps.accounts.models import User
from apps.accounts.suspension_form import SuspensionForm
from apps.staff import audit


def suspension_page(request: HttpRequest, user_id: int) -> HttpResponse:
    """Staff are not suspended: whoever may do that could lock everybody out."""
    user = get_object_or_404(User, id=user_id)
    if not request.user.has_perm("accounts.suspend_user") or user.is_staff:
        raise PermissionDenied
    if "lift" in request.POST:
        return _lifted(request, user)
    form = SuspensionForm(request.POST or None)
    if form.is_valid():
        return _suspended(request, user, form)
    return render(request, "admin/accounts/suspension.html", _shown(request, user, form))


@transaction.atomic
def _suspended(request: HttpRequest, user: User, form: SuspensionForm) -> HttpResponse:
    reason, until = form.cleaned_data["reason"], form.cleaned_data["until"]
    if suspension.suspend(user.id, reason, until):
        _note(request, user, f"Suspended until {until:%Y-%m-%d %H:%M}: {reason}" if until else f"Suspended: {reason}")
    else:
        messages.warning(request, "Nothing was done: the account is suspended already, or is no more.")
    return redirect("admin:accounts_user_change", user.id)


@transaction.atomic
def _lifted(request: HttpRequest, user: User) -> HttpResponse:
    if suspension.lift(user.id):
        _note(request, user, f"Lifted the suspension: {user.suspension_reason}")
    else:
        messages.warning(request, "Nothing was done: the account is not suspended.")
    return redirect("admin:accounts_user_change", user.id)


def _note(request: HttpRequest, user: User, message: str) -> None:
    """`user` is as it was before."""
    before, after = _facts(user), _facts(User.objects.get(id=user.id))
    audit.record(request, "user.suspension", user, reason=message, before=before, after=after)
    messages.success(request, message)


def _facts(user: User) -> audit.Facts:
    return {name: getattr(user, name) for name in ("is_active", "suspended_at", "suspended_until")}


def _shown(request: HttpRequest, user: User, form: SuspensionForm) -> dict[str, object]:
    """A suspension that is lifted asks for nothing."""
    title = f"Lift the suspension of {user}" if user.suspended_at else f"Suspend {user}"
    button = "Lift the suspension" if user.suspended_at else "Suspend"
    shown = {"title": title, "button": button, "user_shown": user, "is_dangerous": not user.suspended_at}
    back = reverse("admin:accounts_user_change", args=[user.id])
    return admin.site.each_context(request) | shown | {"form": None if user.suspended_at else form, "back": back}
