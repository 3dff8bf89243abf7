from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.core.staff_admin import StaffAdmin
from apps.remoteconfig.models import NacosCopy, PointsPack, SubscriptionProduct
from apps.remoteconfig.pack_form import PointsPackForm
from apps.remoteconfig.revision_admin import ConfigRevisionAdmin

__all__ = ["ConfigRevisionAdmin"]


class ProductAdmin(StaffAdmin):
    """What is sold under a name of the stores. It is taken off sale, and never renamed or deleted: an event about a
    purchase of it may come at any time, and whoever paid gets it."""

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str] | tuple[str, ...]:
        return ("product_id",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(PointsPack)
class PointsPackAdmin(ProductAdmin):
    list_display = ("product_id", "points", "bonus_points", "title", "sort", "is_offered", "updated_at")
    search_fields = ("product_id",)
    form = PointsPackForm
    fields = ("product_id", "points", "bonus_points", "confirmed", "title", "badge", "sort", "is_offered")


@admin.register(SubscriptionProduct)
class SubscriptionProductAdmin(ProductAdmin):
    list_display = ("product_id", "plan", "entitlement", "title", "sort", "is_offered", "updated_at")
    search_fields = ("product_id",)


@admin.register(NacosCopy)
class NacosCopyAdmin(ReadOnlyAdmin):
    list_display = ("source", "md5", "accepted_at", "refused_at", "failing_since", "asked_at")
    exclude = ("claim",)
