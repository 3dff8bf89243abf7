"""Every addition, change and deletion made in the admin is in the audit log, with what it was before and after."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from apps.staff import audit


class AuditedAdmin(admin.ModelAdmin[Any]):
    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        if change:
            _note(request, type(obj)._default_manager.get(pk=obj.pk))
        super().save_model(request, obj, form, change)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        audit.record(request, _action(obj, "add"), obj, after=audit.snapshot(obj))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """An action that was not a form tells in words what it did."""
        noted = _noted(request).pop(_key(obj), None)
        current = type(obj)._default_manager.get(pk=obj.pk)
        before, after = audit.difference(noted, audit.snapshot(current)) if noted else ({}, {})
        reason = message if isinstance(message, str) else ""
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


def _note(request: HttpRequest, obj: Model) -> None:
    _noted(request)[_key(obj)] = audit.snapshot(obj)


def _noted(request: HttpRequest) -> dict[tuple[str, Any], Any]:
    noted: dict[tuple[str, Any], Any] = request.__dict__.setdefault("_staff_noted", {})
    return noted


def _key(obj: Model) -> tuple[str, Any]:
    return (obj._meta.label_lower, obj.pk)


def _action(obj: Model, what: str) -> str:
    return f"{obj._meta.label_lower}.{what}"[:64]
