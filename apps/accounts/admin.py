from django.contrib import admin
from django.http import HttpRequest

from apps.accounts.models import Device, User
from apps.core.read_only_admin import ReadOnlyAdmin
from apps.core.staff_admin import StaffAdmin


@admin.register(Device)
class DeviceAdmin(ReadOnlyAdmin):
    list_display = ("id", "device_id_tail", "user", "platform", "app_version", "last_login_at", "revoked_at")
    list_select_related = ("user",)
    list_filter = ("platform", "secret_state", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("=id", "=user__id", "=device_id_tail")
    exclude = ("device_id_mac", "secret_sha256")


@admin.register(User)
class UserAdmin(StaffAdmin):
    """VIP is not typed: it follows from purchases. The whole person is shown by the back-office."""

    list_display = ("id", "nickname", "username", "vip_is_lifetime", "vip_expires_at", "is_active", "created_at")
    list_filter = ("is_active", "is_staff", "is_tester", "vip_is_lifetime")
    search_fields = ("=id", "=billing_user_id", "nickname__startswith")
    fields = ("nickname", "is_tester", "is_active")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False
