"""What staff fill in to set a value of the remote configuration, or to undo a change."""

from typing import Any

from django import forms

from apps.core.json_media import dumps, has_nul, loads


class ReasonForm(forms.Form):
    """`follows` is the last change of the key that the page showed; a second click on it changes nothing."""

    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 2}), help_text="kept for ever")
    confirmed = forms.BooleanField(
        required=False, label="I mean it", help_text="needed for ten times the points, or a tenth"
    )
    follows = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class ValueForm(ReasonForm):
    field_order = ("value", "takes_away", "reason", "confirmed")

    value = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 8, "cols": 80}), help_text="JSON")
    takes_away = forms.BooleanField(
        required=False, label="Take the override away", help_text="then the key has the value of the places below again"
    )

    def clean_value(self) -> Any:
        """The value itself, in a tuple, as null is one too."""
        if self.data.get("takes_away"):
            return (None,)
        try:
            value = loads(self.cleaned_data["value"].encode())
            # As deep as /config and the row of the change have it.
            written = dumps({"value": value})
        except (ValueError, TypeError) as error:
            raise forms.ValidationError(f"This is no JSON: {error}") from error
        if has_nul(written):
            raise forms.ValidationError("PostgreSQL cannot keep the character \\u0000.")
        return (value,)
