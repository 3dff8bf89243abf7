from django.http import HttpRequest

from apps.core.staff_admin import StaffAdmin


class ReadOnlyAdmin(StaffAdmin):
    """Rows that staff look at and that only the domain writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
