from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import URLPattern, path

from apps.accounts import nickname
from apps.accounts.models import (
    AccountDeletion,
    ConsentRecord,
    DataExport,
    Device,
    RefreshToken,
    Session,
    UnusedAvatar,
    User,
)
from apps.accounts.suspension_page import suspension_page
from apps.core.read_only_admin import ReadOnlyAdmin
from apps.core.staff_admin import StaffAdmin
from apps.remoteconfig.schema import PLATFORMS
from apps.staff.bounded_list import condition
from apps.staff.known_values_filter import by_words


def _found(term: str) -> Q:
    """Whoever has no nickname is not in the index of nicknames."""
    found = ~Q(nickname="") & Q(nickname__startswith=term)
    for name in ("=id", "=billing_user_id"):
        found |= condition(User, name, term) or Q(pk__in=())
    return found


@admin.register(Device)
class DeviceAdmin(ReadOnlyAdmin):
    list_display = ("id", "device_id_tail", "user", "platform", "app_version", "last_login_at", "revoked_at")
    list_select_related = ("user",)
    list_filter = (
        ("platform", by_words(lambda: PLATFORMS)),
        "secret_state",
        ("revoked_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("=id", "=user__id", "=device_id_tail")
    exclude = ("device_id_mac", "secret_sha256", "secret_prev_sha256")


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "device", "auth_level", "last_seen_at", "expires_at", "revoked_at", "revoked_reason")
    list_select_related = ("user", "device")
    list_filter = ("auth_level", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("=id", "=user__id", "=device__id")


@admin.register(RefreshToken)
class RefreshTokenAdmin(ReadOnlyAdmin):
    list_display = ("id", "session", "expires_at", "rotated_at")
    list_select_related = ("session",)
    search_fields = ("=id", "=session__id")
    exclude = ("token_sha256", "salt")


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "purpose", "granted", "version", "app_version")
    list_select_related = ("user",)
    list_filter = ("purpose", "granted")
    search_fields = ("=id", "=user__id")


@admin.register(DataExport)
class DataExportAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "status", "size_bytes", "expires_at", "created_at")
    list_select_related = ("user",)
    list_filter = ("status",)
    search_fields = ("=id", "=user__id")
    exclude = ("content",)


@admin.register(AccountDeletion)
class AccountDeletionAdmin(ReadOnlyAdmin):
    """What is still to be removed of whom, and what could not be."""

    list_display = ("user_id", "due_at", "canceled_at", "started_at", "completed_at", "attempts", "left")
    list_filter = (("completed_at", admin.EmptyFieldListFilter), ("canceled_at", admin.EmptyFieldListFilter))
    search_fields = ("=user__id",)


@admin.register(UnusedAvatar)
class UnusedAvatarAdmin(ReadOnlyAdmin):
    """What is still to be removed from the photo store; a row that stays is one that the store does not give up."""

    list_display = ("id", "user_id", "due_at", "closed_at", "created_at")
    search_fields = ("=id", "=user__id")


class UserForm(forms.ModelForm[User]):
    def clean_nickname(self) -> str:
        """None, or one that its user could have chosen. What is left as it was may be older than the rule."""
        written: str = self.cleaned_data["nickname"]
        if not written or "nickname" not in self.changed_data:
            return written
        try:
            return nickname.cleaned(written)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


@admin.register(User)
class UserAdmin(StaffAdmin):
    """VIP is not typed: it follows from purchases. The whole person is shown by the back-office."""

    list_display = ("id", "nickname", "username", "vip_is_lifetime", "vip_expires_at", "is_active", "created_at")
    list_filter = ("is_active", "is_staff", "is_tester", "vip_is_lifetime")
    search_fields = ("=id", "=billing_user_id", "nickname__startswith")
    search_condition = staticmethod(_found)
    search_help_text = "id, billing id, or how a nickname begins"
    fields = ("nickname", "is_tester", "is_active")
    form = UserForm

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str] | tuple[str, ...]:
        """Superusers switch staff on and off, and say whose sandbox purchases count, which makes points of nothing.
        Who is no staff is suspended, with a reason."""
        fields = super().get_readonly_fields(request, obj)
        if not request.user.is_superuser:
            return [*fields, "is_tester", "is_active"]
        return fields if obj and obj.is_staff else [*fields, "is_active"]

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(suspension_page)
        return [path("<int:user_id>/suspension/", page, name="accounts_user_suspension"), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Only what was typed: VIP, tokens and a suspension may have changed since the row was read."""
        typed = [field.name for field in obj._meta.concrete_fields if field.name in form.changed_data]
        obj.save(update_fields=[*typed, "updated_at"])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False
