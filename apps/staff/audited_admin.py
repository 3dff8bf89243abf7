"""Every addition, change and deletion made in the admin is in the audit log: why, and what it was before and after."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from apps.staff import audit
from apps.staff.stale_form import FreshRowForm, SeenTextInput

WHY = "audit_reason"


class AuditedAdmin(admin.ModelAdmin[Any]):
    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Whoever saves says why."""
        return super().get_form(request, obj, change, **{"form": _explained(self.form), **kwargs})

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """The reason has a place of its own, for those who may save."""
        return [name for name in super().get_fields(request, obj) if name != WHY]

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        may_save = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return [*fieldsets, (None, {"fields": (WHY,)})] if may_save else fieldsets

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        if change:
            _note(request, type(obj)._default_manager.get(pk=obj.pk))
        super().save_model(request, obj, form, change)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        audit.record(request, _action(obj, "add"), obj, reason=_why(request), after=audit.snapshot(obj))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """An action that was not a form tells in words what it did."""
        noted = _noted(request).pop(_key(obj), None)
        current = type(obj)._default_manager.get(pk=obj.pk)
        before, after = audit.difference(noted, audit.snapshot(current)) if noted else ({}, {})
        reason = message if isinstance(message, str) else _why(request)
        audit.record(request, _action(obj, "change"), obj, reason=reason, before=before, after=after)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]) -> Any:
        for obj in queryset:
            audit.record(request, _action(obj, "delete"), obj, before=audit.snapshot(obj))
        return super().log_deletions(request, queryset)  # type: ignore[arg-type]  # Django gives both

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Each action that changes rows is written down with the rows it was given."""
        actions: dict[str, Any] = super().get_actions(request)
        return {name: (_written_down(name, run), *rest) for name, (run, *rest) in actions.items()}


MOST_TOLD = 200


def _written_down(name: str, run: Any) -> Any:
    def perform(model_admin: Any, request: HttpRequest, rows: Any) -> Any:
        told = {"rows": [str(pk) for pk in rows.values_list("pk", flat=True)[:MOST_TOLD]]}
        audit.record(request, f"{model_admin.opts.label_lower}.action.{name}"[:64], None, after=told)
        return run(model_admin, request, rows)

    return perform


def _explained(form: Any) -> Any:
    """A form that also asks why, and is not saved on top of what it does not show."""
    reason = forms.CharField(label="Reason", max_length=500, help_text="kept in the audit log", widget=SeenTextInput)
    return type(form)(form.__name__, (FreshRowForm, form), {WHY: reason, "__module__": form.__module__})


def _why(request: HttpRequest) -> str:
    return request.POST.get(WHY, "").strip()[:500]


def _note(request: HttpRequest, obj: Model) -> None:
    _noted(request)[_key(obj)] = audit.snapshot(obj)


def _noted(request: HttpRequest) -> dict[tuple[str, Any], Any]:
    noted: dict[tuple[str, Any], Any] = request.__dict__.setdefault("_staff_noted", {})
    return noted


def _key(obj: Model) -> tuple[str, Any]:
    return (obj._meta.label_lower, obj.pk)


def _action(obj: Model, what: str) -> str:
    return f"{obj._meta.label_lower}.{what}"[:64]
