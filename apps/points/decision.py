"""The page on which a second member of staff approves or refuses a large adjustment."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from apps.points import four_eyes
from apps.points.four_eyes import CannotDecide
from apps.points.ledger import InsufficientPoints
from apps.points.models import PendingAdjustment, UserPoints
from apps.staff import audit

LIST = "admin:points_pendingadjustment_changelist"


def decide(request: HttpRequest, pending_id: int) -> HttpResponse:
    if not request.user.has_perm(four_eyes.MAY_DECIDE):
        raise PermissionDenied
    pending = get_object_or_404(
        PendingAdjustment.objects.select_related("user", "requested_by", "decided_by"), id=pending_id
    )
    if request.method == "POST":
        _carry_out(request, pending, is_approved="approve" in request.POST)
        return redirect(LIST)
    shown = {
        "title": f"Decide: {pending.amount:+} points",
        "pending": pending,
        "points": UserPoints.objects.filter(user=pending.user).first(),
        "is_own": pending.requested_by_id == request.user.pk,
        "may_decide": pending.is_open(timezone.now()) and pending.requested_by_id != request.user.pk,
    }
    return render(request, "admin/points/decide.html", {**admin.site.each_context(request), **shown})


def _carry_out(request: HttpRequest, pending: PendingAdjustment, *, is_approved: bool) -> None:
    try:
        decided = _decided(request, pending, is_approved=is_approved)
    except CannotDecide as refusal:
        messages.error(request, str(refusal))
    except InsufficientPoints as refusal:
        messages.error(request, f"Only {refusal.params['balance']} points are left in that bucket.")
    else:
        messages.success(request, f"{decided.amount:+} points: {decided.decision}.")


@transaction.atomic
def _decided(request: HttpRequest, pending: PendingAdjustment, *, is_approved: bool) -> PendingAdjustment:
    decision = four_eyes.approve if is_approved else four_eyes.refuse
    before = audit.snapshot(pending)
    decided = decision(pending.id, int(request.user.pk or 0))
    was, now = audit.difference(before, audit.snapshot(decided))
    action = "points.adjustment.approved" if is_approved else "points.adjustment.refused"
    audit.record(request, action, decided, reason=decided.reason, before=was, after=now)
    return decided
