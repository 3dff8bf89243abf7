"""What all pages of the back-office share."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin


class StaffAdmin(ModelAdmin):
    """A page of the back-office. Staff search by what has an index; nobody counts a whole table."""

    show_full_result_count = False
    list_per_page = 50
    compressed_fields = True

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """A page, or a redirect; the theme's own types say less than it takes."""
        return super().changelist_view(request, extra_context)
