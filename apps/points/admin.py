from django.contrib import admin
from django.urls import URLPattern, path

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.points.adjustment import adjust_points
from apps.points.models import PointTransaction, UserPoints, WeeklyRewardRun
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
    search_fields = ("=user__id", "=reference")


@admin.register(WeeklyRewardRun)
class WeeklyRewardRunAdmin(ReadOnlyAdmin):
    list_display = ("week", "granted", "started_at", "completed_at")
    ordering = ("-week",)
