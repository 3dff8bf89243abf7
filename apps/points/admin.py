from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.points.models import PointTransaction, UserPoints


@admin.register(UserPoints)
class UserPointsAdmin(ReadOnlyAdmin):
    list_display = ("user", "purchased", "granted", "balance", "updated_at")
    list_select_related = ("user",)
    search_fields = ("=user__id",)


@admin.register(PointTransaction)
class PointTransactionAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "kind", "amount", "balance_after", "title", "created_at")
    list_select_related = ("user",)
    list_filter = ("kind",)
    search_fields = ("=user__id", "=reference")
