"""The remote configuration in the admin: what is in effect, who changed what, and the way back."""

import difflib
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.read_only_admin import ReadOnlyAdmin
from apps.remoteconfig import live
from apps.remoteconfig.models import ConfigRevision
from apps.remoteconfig.override_page import pretty, set_value, undo
from apps.remoteconfig.schema import KEYS

TAKEN_AWAY = "(taken away)"


@admin.register(ConfigRevision)
class ConfigRevisionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "key", "change", "staff", "reason", "confirmed", "way_back")
    list_select_related = ("staff", "undone_by")
    list_filter = ("key",)
    search_fields = ("key", "reason")
    ordering = ("-id",)
    fields = ("created_at", "key", "sequence", "staff", "reason", "confirmed", "undoes", "diff", "way_back")
    change_list_template = "admin/remoteconfig/values.html"

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path("set/<str:key>/", self.admin_site.admin_view(set_value), name="remoteconfig_set_value"),
            path("undo/<int:revision_id>/", self.admin_site.admin_view(undo), name="remoteconfig_undo"),
        ]
        return [*pages, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        live.refresh()
        snapshot, places = live.snapshot(), live.places()
        rows = [(key, pretty(snapshot.values[key.path]), places[key.path]) for key in KEYS]
        may_set = request.user.has_perm("remoteconfig.add_configrevision")
        return super().changelist_view(request, {"rows": rows, "snapshot": snapshot, "may_set": may_set})

    @admin.display(description="old → new")
    def change(self, revision: ConfigRevision) -> str:
        return f"{_short(revision.before['value'])} → {TAKEN_AWAY if revision.is_removal else _short(_new(revision))}"

    @admin.display(description="difference")
    def diff(self, revision: ConfigRevision) -> SafeString:
        old, new = pretty(revision.before["value"]), TAKEN_AWAY if revision.is_removal else pretty(_new(revision))
        lines = difflib.unified_diff(old.splitlines(), new.splitlines(), "before", "after", lineterm="")
        return format_html("<pre>{}</pre>", "\n".join(lines))

    @admin.display(description="undo")
    def way_back(self, revision: ConfigRevision) -> str:
        if hasattr(revision, "undone_by"):
            return f"undone by change {revision.undone_by.sequence}"
        # The page around it is a form with a token already.
        address = reverse("admin:remoteconfig_undo", args=[revision.id])
        return format_html('<button type="submit" class="bo-button" formaction="{}">Undo</button>', address)


def _new(revision: ConfigRevision) -> Any:
    return revision.after["value"]


def _short(value: Any) -> str:
    text = pretty(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
