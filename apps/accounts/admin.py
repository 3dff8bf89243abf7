from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from apps.accounts.models import Device, User


class DeviceInline(admin.TabularInline[Device, User]):
    model = Device
    extra = 0
    fields = readonly_fields = (
        "device_id_tail",
        "platform",
        "app_version",
        "secret_state",
        "last_login_at",
        "revoked_at",
    )
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    """VIP is shown, not typed: it follows from purchases."""

    list_display = ("id", "nickname", "username", "vip_is_lifetime", "vip_expires_at", "is_active", "created_at")
    list_filter = ("is_active", "is_staff", "is_tester", "vip_is_lifetime")
    search_fields = ("=id", "=billing_user_id", "nickname__startswith")
    show_full_result_count = False
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
            '{} &nbsp; <a class="button" href="{}">Adjust points</a>',
            points.balance if points else 0,
            reverse("admin:points_adjust", args=[user.id]),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False
