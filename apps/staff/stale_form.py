"""A form that shows a row as it is no more is not saved: it would undo, unseen, what somebody else did meanwhile."""

import hashlib
from typing import Any

from django import forms
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

SEEN = "audit_seen"
STALE = "Somebody has changed this since you opened the page. Nothing was saved; open it anew."


class SeenTextInput(UnfoldAdminTextInputWidget):
    """A place to type into, and beside it, hidden, what the row was when the page was drawn."""

    seen = ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        field = super().render(name, value, attrs, renderer)
        return format_html('{}<input type="hidden" name="{}" value="{}">', field, SEEN, self.seen)


class FreshRowForm(forms.ModelForm[Any]):
    """To be put before a form that has a field with a SeenTextInput."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.seen = self.data.get(SEEN, "") if self.is_bound else self._state(self.instance)
        for field in self.fields.values():
            if isinstance(field.widget, SeenTextInput):
                field.widget.seen = self.seen

    def clean(self) -> dict[str, Any]:
        """Of two who save at once the second waits here for the first. A second click on the same form does no harm."""
        given: dict[str, Any] = super().clean() or {}
        if self.seen and self.instance.pk:
            rows = type(self.instance)._default_manager.select_for_update(no_key=True, of=("self",))
            now = self._state(rows.get(pk=self.instance.pk))
            is_the_row = now == self._state(self.instance) and not self._typed()
            if now != self.seen and not is_the_row:
                raise forms.ValidationError(STALE)
        return given

    def _typed(self) -> list[str]:
        columns = {field.name for field in self._columns()}
        return [name for name in self.changed_data if name in columns]

    def _state(self, row: Model) -> str:
        """Of the columns that the form shows; empty for a row that is yet to be."""
        if not row.pk or row._state.adding:
            return ""
        values = [(field.name, _value(field, row)) for field in self._columns()]
        return hashlib.sha256(repr(values).encode()).hexdigest()

    def _columns(self) -> list[Any]:
        meta = self.instance._meta
        return [field for field in (*meta.concrete_fields, *meta.many_to_many) if field.name in self.fields]


def _value(field: Any, row: Model) -> Any:
    value = field.value_from_object(row)
    return sorted(other.pk for other in value) if field.many_to_many else value
