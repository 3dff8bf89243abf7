from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.http import HttpRequest

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.core.staff_admin import StaffAdmin
from apps.staff import letters
from apps.staff.bounded_list import whole_number
from apps.staff.models import Letter, Mailbox, RecoveryCode, SecondFactor, StaffAction


def _found(term: str) -> Q:
    found = Q(object_id=term) | Q(request_id=term)
    if (number := whole_number(term)) is not None:
        found |= Q(id=number) | Q(staff=number)
    members: Any = get_user_model()._default_manager.filter(username=term)
    return found | Q(staff__in=list(members.values_list("pk", flat=True)))


@admin.register(StaffAction)
class StaffActionAdmin(ReadOnlyAdmin):
    """The audit log."""

    list_display = ("created_at", "staff", "action", "object_type", "object_id", "reason", "address", "request_id")
    list_select_related = ("staff",)
    list_filter = ("action",)
    search_fields = ("=id", "=staff__id", "=object_id", "=request_id")
    search_condition = staticmethod(_found)
    search_help_text = "id of what it was done to, of a request, or the name of a member of staff"
    ordering = ("-id",)


@admin.register(SecondFactor)
class SecondFactorAdmin(ReadOnlyAdmin):
    """Who has one. Whoever lost the phone and the codes gets a new one from a shell, by reset_second_factor."""

    list_display = ("staff", "confirmed_at", "sessions_since")
    list_select_related = ("staff",)
    search_fields = ("=staff__id", "=staff__username")
    exclude = ("secret", "last_step")


@admin.register(RecoveryCode)
class RecoveryCodeAdmin(ReadOnlyAdmin):
    """How many each has left; only hashes of them are kept."""

    list_display = ("id", "factor", "used_at")
    list_select_related = ("factor",)
    search_fields = ("=factor__staff__id", "=factor__staff__username")
    exclude = ("code_sha256",)


@admin.register(Mailbox)
class MailboxAdmin(StaffAdmin):
    list_display = ("staff", "address")
    list_select_related = ("staff",)
    search_fields = ("=staff__id", "=staff__username")
    search_help_text = "id or name of a member of staff"
    raw_id_fields = ("staff",)

    def get_readonly_fields(self, request: HttpRequest, obj: Mailbox | None = None) -> tuple[str, ...]:
        """Given to somebody else, it would be its owner's no more, without a word to them."""
        return ("staff",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody's warnings are turned off; who may not log in gets none."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Who reads the old address is told, in case somebody else turns their mail away."""
        if change:
            letters.tell_owner(obj.staff_id, letters.NEW_ADDRESS)
        super().save_model(request, obj, form, change)


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    """What staff were told by mail, and what waits for the mail server."""

    list_display = ("created_at", "staff", "subject", "tries", "next_try_at", "sent_at")
    list_select_related = ("staff",)
    search_fields = ("=id", "=staff__id", "=staff__username")
    search_help_text = "id of a letter, id or name of a member of staff"
    ordering = ("-id",)
