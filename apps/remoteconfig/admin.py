from django.contrib import admin

from apps.remoteconfig.models import PointsPack, SubscriptionProduct


@admin.register(PointsPack)
class PointsPackAdmin(admin.ModelAdmin[PointsPack]):
    list_display = ("product_id", "points", "is_offered", "updated_at")
    search_fields = ("product_id",)


@admin.register(SubscriptionProduct)
class SubscriptionProductAdmin(admin.ModelAdmin[SubscriptionProduct]):
    list_display = ("product_id", "plan", "entitlement", "title", "sort", "is_offered", "updated_at")
    search_fields = ("product_id",)
