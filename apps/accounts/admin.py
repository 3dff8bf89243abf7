from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from apps.accounts.models import AccountDeletion, Device, User
from apps.accounts.suspension_page import suspension_page
from apps.core.read_only_admin import ReadOnlyAdmin


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


@admin.register(AccountDeletion)
class AccountDeletionAdmin(ReadOnlyAdmin):
    """What is still to be removed of whom, and what could not be."""

    list_display = ("user_id", "due_at", "canceled_at", "started_at", "completed_at", "attempts", "left")
    list_filter = (("completed_at", admin.EmptyFieldListFilter), ("canceled_at", admin.EmptyFieldListFilter))
    search_fields = ("=user__id",)


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    """VIP is shown, not typed: it follows from purchases."""

    list_display = ("id", "nickname", "username", "vip_is_lifetime", "vip_expires_at", "is_active", "created_at")
    list_filter = ("is_active", "is_staff", "is_tester", "vip_is_lifetime")
    search_fields = ("=id", "=billing_user_id", "nickname__startswith")
    show_full_result_count = False
    fields = (
        "id", "username", "nickname", "locale", "timezone", "billing_user_id", "points_shown",
        "vip_is_lifetime", "vip_expires_at", "is_tester", "is_active", "suspension_shown",
        "deletion_due_at", "erased_at", "is_staff", "created_at",
    )  # fmt: skip
    readonly_fields = (
        "id",
        "username",
        "billing_user_id",
        "points_shown",
        "vip_is_lifetime",
        "vip_expires_at",
        "suspension_shown",
        "deletion_due_at",
        "erased_at",
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

    @admin.display(description="Suspension")
    def suspension_shown(self, user: User) -> str:
        return format_html(
            '{} &nbsp; <a class="button" href="{}">{}</a>',
            user.suspension_reason or "none",
            reverse("admin:accounts_user_suspension", args=[user.id]),
            "Lift it" if user.suspended_at else "Suspend",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str] | tuple[str, ...]:
        """Staff are switched on and off; others are suspended, with a reason."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj and obj.is_staff else [*fields, "is_active"]

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(suspension_page)
        return [path("<int:user_id>/suspension/", page, name="accounts_user_suspension"), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False
