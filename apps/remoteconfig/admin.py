from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.core.staff_admin import StaffAdmin
from apps.remoteconfig.models import NacosCopy, PointsPack, SubscriptionProduct
from apps.remoteconfig.revision_admin import ConfigRevisionAdmin

__all__ = ["ConfigRevisionAdmin"]


@admin.register(PointsPack)
class PointsPackAdmin(StaffAdmin):
    list_display = ("product_id", "points", "is_offered", "updated_at")
    search_fields = ("product_id",)


@admin.register(SubscriptionProduct)
class SubscriptionProductAdmin(StaffAdmin):
    list_display = ("product_id", "plan", "entitlement", "title", "sort", "is_offered", "updated_at")
    search_fields = ("product_id",)


@admin.register(NacosCopy)
class NacosCopyAdmin(ReadOnlyAdmin):
    list_display = ("source", "md5", "accepted_at", "refused_at", "failing_since", "asked_at")
    exclude = ("claim",)
