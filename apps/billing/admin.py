from django.contrib import admin

from apps.billing.models import Order, RevenueCatEvent, Subscription
from apps.core.read_only_admin import ReadOnlyAdmin


@admin.register(RevenueCatEvent)
class RevenueCatEventAdmin(ReadOnlyAdmin):
    list_display = ("event_id", "type", "environment", "outcome", "reason", "attempts", "created_at")
    list_filter = ("outcome", "type", "environment")
    search_fields = ("=event_id", "=app_user_id", "=transaction_id", "=original_transaction_id")
    exclude = ("body",)
    readonly_fields = ("body_as_text",)

    @admin.display(description="body")
    def body_as_text(self, event: RevenueCatEvent) -> str:
        return bytes(event.body).decode(errors="replace")


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "user",
        "product_id",
        "store",
        "environment",
        "started_at",
        "expires_at",
        "ended_at",
        "will_renew",
    )
    list_select_related = ("user",)
    list_filter = ("store", "environment", "plan")
    search_fields = ("=user__id", "=original_transaction_id")


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "kind", "product_id", "status", "price", "currency", "points_granted", "purchased_at")
    list_select_related = ("user",)
    list_filter = ("kind", "status", "store", "environment")
    search_fields = ("=user__id", "=transaction_id")
