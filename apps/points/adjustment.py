"""The page on which staff adjust a user's points."""

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from apps.accounts.models import User
from apps.points import ledger
from apps.points.adjustment_form import AdjustmentForm
from apps.points.ledger import Bucket, InsufficientPoints
from apps.points.models import PointTransaction, UserPoints


def adjust_points(request: HttpRequest, user_id: int) -> HttpResponse:
    if not request.user.has_perm("points.adjust_points"):
        raise PermissionDenied
    user = get_object_or_404(User, id=user_id)
    form = AdjustmentForm(request.POST or None)
    if form.is_valid():
        try:
            row = _adjusted(request, user, form)
        except InsufficientPoints as refusal:
            form.add_error("amount", f"Only {refusal.params['balance']} points are left in that bucket.")
        else:
            messages.success(request, f"{row.amount:+} points; the balance was {row.balance_after} afterwards.")
            return redirect("admin:accounts_user_change", user.id)
    return render(request, "admin/points/adjust_points.html", _shown(request, user, form))


@transaction.atomic
def _adjusted(request: HttpRequest, user: User, form: AdjustmentForm) -> PointTransaction:
    given = form.cleaned_data
    staff_id = int(request.user.pk or 0)
    row, is_new = ledger.adjust(
        user.id,
        given["amount"],
        bucket=Bucket(given["bucket"]),
        staff_id=staff_id,
        reason=given["reason"],
        token=str(given["token"]),
    )
    if is_new:
        message = f"Adjusted points by {row.amount:+}: {row.reason}"
        LogEntry.objects.log_actions(staff_id, [user], CHANGE, message, single_object=True)
    return row


def _shown(request: HttpRequest, user: User, form: AdjustmentForm) -> dict[str, object]:
    points = UserPoints.objects.filter(user=user).first()
    title = f"Adjust points of {user}"
    back = reverse("admin:accounts_user_change", args=[user.id])
    shown = {"title": title, "form": form, "points": points, "button": "Adjust points", "back": back}
    return admin.site.each_context(request) | shown
