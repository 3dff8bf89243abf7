from django.contrib import admin
from django.urls import URLPattern, path

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.points.adjustment import adjust_points
from apps.points.models import Clawback, GrantLot, PointTransaction, UserPoints, WeeklyRewardRun


@admin.register(UserPoints)
class UserPointsAdmin(ReadOnlyAdmin):
    list_display = ("user", "purchased", "granted", "balance", "updated_at")
    list_select_related = ("user",)
    search_fields = ("=user__id",)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(adjust_points)
        return [path("adjust/<int:user_id>/", page, name="points_adjust"), *super().get_urls()]


@admin.register(PointTransaction)
class PointTransactionAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "kind", "amount", "balance_after", "title", "staff", "created_at")
    list_select_related = ("user", "staff")
    list_filter = ("kind",)
    search_fields = ("=id", "=user__id", "=reference")


@admin.register(WeeklyRewardRun)
class WeeklyRewardRunAdmin(ReadOnlyAdmin):
    list_display = ("week", "granted", "started_at", "completed_at")
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
