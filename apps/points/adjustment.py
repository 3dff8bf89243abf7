"""The page on which staff adjust a user's points."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.points import four_eyes, ledger
from apps.points.adjustment_form import AdjustmentForm
from apps.points.ledger import Bucket, InsufficientPoints, ReferenceReused
from apps.points.models import PendingAdjustment, PointTransaction, UserPoints
from apps.staff import audit


def adjust_points(request: HttpRequest, user_id: int) -> HttpResponse:
    if not request.user.has_perm("points.adjust_points"):
        raise PermissionDenied
    user = get_object_or_404(User, id=user_id)
    form = AdjustmentForm(request.POST or None)
    if form.is_valid():
        try:
            done = _done(request, user, form)
        except InsufficientPoints as refusal:
            form.add_error("amount", f"Only {refusal.params['balance']} points are left in that bucket.")
        except ReferenceReused:
            form.add_error(None, "This form has moved points already, other ones. Open it anew.")
        else:
            messages.success(request, done)
            return redirect("admin:accounts_user_change", user.id)
    return render(request, "admin/points/adjust_points.html", _shown(request, user, form))


@transaction.atomic
def _done(request: HttpRequest, user: User, form: AdjustmentForm) -> str:
    """What was done, or asked for, in a sentence."""
    given = form.cleaned_data
    if four_eyes.needs_second(int(request.user.pk or 0), given["amount"], timezone.now(), token=given["token"]):
        return _waits(_asked(request, user, form))
    row = _adjusted(request, user, form)
    return f"{row.amount:+} points; the balance was {row.balance_after} afterwards."


def _waits(pending: PendingAdjustment) -> str:
    if pending.is_open(timezone.now()):
        return f"{pending.amount:+} points wait for a second member of staff."
    became = "expired" if pending.decision == PendingAdjustment.Decision.WAITING else pending.decision
    return f"{pending.amount:+} points were asked for by this form already: {became}."


def _asked(request: HttpRequest, user: User, form: AdjustmentForm) -> PendingAdjustment:
    given = form.cleaned_data
    pending, is_new = four_eyes.ask(
        user.id,
        given["amount"],
        bucket=Bucket(given["bucket"]),
        staff_id=int(request.user.pk or 0),
        reason=given["reason"],
        token=given["token"],
    )
    if is_new:
        after = {"amount": pending.amount}
        audit.record(request, "points.adjustment.asked", pending, reason=pending.reason, after=after)
    return pending


def _adjusted(request: HttpRequest, user: User, form: AdjustmentForm) -> PointTransaction:
    given = form.cleaned_data
    row, is_new = ledger.adjust(
        user.id,
        given["amount"],
        bucket=Bucket(given["bucket"]),
        staff_id=int(request.user.pk or 0),
        reason=given["reason"],
        token=str(given["token"]),
    )
    if is_new:
        _noted(request, user, row)
    return row


def _noted(request: HttpRequest, user: User, row: PointTransaction) -> None:
    """Under one name with what a second one approves."""
    before = {"balance": row.balance_after - row.amount}
    after = {"balance": row.balance_after, "amount": row.amount, "transaction": str(row.id)}
    audit.record(request, "points.adjustment.made", user, reason=row.reason, before=before, after=after)


def _shown(request: HttpRequest, user: User, form: AdjustmentForm) -> dict[str, object]:
    points = UserPoints.objects.filter(user=user).first()
    title = f"Adjust points of {user}"
    back = reverse("admin:accounts_user_change", args=[user.id])
    shown = {"title": title, "form": form, "points": points, "button": "Adjust points", "back": back}
    alone = four_eyes.left_alone(int(request.user.pk or 0), timezone.now())
    return admin.site.each_context(request) | shown | {"alone": alone}
