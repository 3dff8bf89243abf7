from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from apps.accounts.models import Device, User
from apps.core.read_only_admin import ReadOnlyAdmin
from apps.core.staff_admin import StaffAdmin, StaffInline


class DeviceInline(StaffInline):
    model = Device
    fields = readonly_fields = (
        "device_id_tail",
        "platform",
        "app_version",
        "secret_state",
        "last_login_at",
        "revoked_at",
    )

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(Device)
class DeviceAdmin(ReadOnlyAdmin):
    list_display = ("id", "device_id_tail", "user", "platform", "app_version", "last_login_at", "revoked_at")
    list_select_related = ("user",)
    list_filter = ("platform", "secret_state", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("=id", "=user__id", "=device_id_tail")
    exclude = ("device_id_mac", "secret_sha256")


@admin.register(User)
class UserAdmin(StaffAdmin):
    """VIP is shown, not typed: it follows from purchases."""

    list_display = ("id", "nickname", "username", "vip_is_lifetime", "vip_expires_at", "is_active", "created_at")
    list_filter = ("is_active", "is_staff", "is_tester", "vip_is_lifetime")
    search_fields = ("=id", "=billing_user_id", "nickname__startswith")
    fields = (
        "id", "username", "nickname", "billing_user_id", "points_shown", "vip_is_lifetime", "vip_expires_at",
        "is_tester", "is_active", "is_staff", "created_at",
    )  # fmt: skip
    readonly_fields = (
        "id",
        "username",
        "billing_user_id",
        "points_shown",
        "vip_is_lifetime",
        "vip_expires_at",
        "is_staff",
        "created_at",
    )
    inlines = (DeviceInline,)

    @admin.display(description="Points")
    def points_shown(self, user: User) -> str:
        """Points belong to a higher app; they are reached through the relation, and their page by its name."""
        points = getattr(user, "points", None)
        return format_html(
            '{} &nbsp; <a class="bo-button" href="{}">Adjust points</a>',
            points.balance if points else 0,
            reverse("admin:points_adjust", args=[user.id]),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False
