from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.points import four_eyes
from apps.points.adjustment import adjust_points
from apps.points.decision import decide
from apps.points.models import (
    Clawback,
    GrantLot,
    PendingAdjustment,
    PointTransaction,
    UserPoints,
    WeeklyRewardRun,
)
from apps.staff.login_pages import with_fresh_proof


@admin.register(UserPoints)
class UserPointsAdmin(ReadOnlyAdmin):
    list_display = ("user", "purchased", "granted", "balance", "updated_at")
    list_select_related = ("user",)
    search_fields = ("=user__id",)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(with_fresh_proof(adjust_points))
        return [path("adjust/<int:user_id>/", page, name="points_adjust"), *super().get_urls()]


@admin.register(PointTransaction)
class PointTransactionAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "kind", "amount", "balance_after", "title", "staff", "created_at")
    list_select_related = ("user", "staff")
    list_filter = ("kind",)
    search_fields = ("=id", "=user__id", "=reference")


@admin.register(PendingAdjustment)
class PendingAdjustmentAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "amount", "bucket", "reason", "requested_by", "expires_at", "decision", "decide_link")
    list_select_related = ("user", "requested_by")
    list_filter = ("decision",)
    search_fields = ("=id", "=user__id")
    ordering = ("-id",)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(with_fresh_proof(decide))
        return [path("<int:pending_id>/decide/", page, name="points_decide"), *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> Any:
        """Nobody is led where they are not let in."""
        may_decide = request.user.has_perm(four_eyes.MAY_DECIDE)
        return [name for name in self.list_display if may_decide or name != "decide_link"]

    @admin.display(description="")
    def decide_link(self, pending: PendingAdjustment) -> str:
        if not pending.is_open(timezone.now()):
            return ""
        return format_html(
            '<a class="bo-button" href="{}">Decide</a>', reverse("admin:points_decide", args=[pending.id])
        )


@admin.register(WeeklyRewardRun)
class WeeklyRewardRunAdmin(ReadOnlyAdmin):
    list_display = ("week", "granted", "left_user_ids", "started_at", "completed_at")
    ordering = ("-week",)


@admin.register(GrantLot)
class GrantLotAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "remaining", "expires_at", "credit")
    list_select_related = ("user", "credit")
    search_fields = ("=id", "=user__id")


@admin.register(Clawback)
class ClawbackAdmin(ReadOnlyAdmin):
    list_display = ("id", "credit", "taken", "shortfall", "is_reversed", "created_at")
    list_select_related = ("credit",)
    list_filter = ("is_reversed",)
    search_fields = ("=id", "=credit__id", "=credit__user__id")
