"""The action that exports a list as CSV: the chosen rows, or with "select all" everything the filters let through."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from apps.core.scrubbing import REMOVED
from apps.staff import exports
from apps.staff.login_pages import with_fresh_proof


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=500, help_text="kept in the audit log")


class ExportedAdmin(admin.ModelAdmin[Any]):
    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        if exports.columns_of(self.model) and request.user.has_perm(exports.PERMISSION):
            return actions | {"export_csv": (_export, "export_csv", "Export as CSV")}
        return actions


def _export(page: ExportedAdmin, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponseBase:
    return with_fresh_proof(_asked, _is_explained)(request, page, rows)


def _is_explained(request: HttpRequest) -> bool:
    """A list sends its action, and the page that asks why sends it once more."""
    return "reason" in request.POST


def _asked(request: HttpRequest, page: ExportedAdmin, rows: QuerySet[Any]) -> HttpResponseBase:
    """First why, then the file."""
    form = ReasonForm(request.POST if _is_explained(request) else None)
    if form.is_valid():
        chosen = request.POST.getlist("_selected_action") if request.POST.get("select_across") != "1" else ["all"]
        asked = {"filters": _filters(page.model, request), "chosen": chosen[:200]}
        return exports.answer(request, rows, form.cleaned_data["reason"], asked=asked)
    return _page(request, page, form)


def _filters(model: Any, request: HttpRequest) -> dict[str, str]:
    """But for what may be a value that is never audited: it can be searched for."""
    hidden: frozenset[str] = getattr(model, "never_audited", frozenset())
    untold = {*hidden, SEARCH_VAR} if hidden else set()
    return {name: REMOVED if name.partition("__")[0] in untold else told for name, told in request.GET.dict().items()}


def _page(request: HttpRequest, page: ExportedAdmin, form: ReasonForm) -> HttpResponse:
    shown = {
        **page.admin_site.each_context(request),
        "title": f"Export {page.opts.verbose_name_plural} as CSV",
        "form": form,
        "button": "Export",
        "opts": page.opts,
        "columns": exports.columns_of(page.model),
        "most": exports.MOST_ROWS,
        "chosen": request.POST.getlist("_selected_action"),
        "select_across": request.POST.get("select_across", "0"),
    }
    return TemplateResponse(request, "admin/staff/export.html", shown)
