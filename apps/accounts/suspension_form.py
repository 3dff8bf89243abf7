"""What staff fill in to suspend a user."""

from datetime import datetime

from django import forms
from django.utils import timezone


class SuspensionForm(forms.Form):
    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="seen by staff only")
    until = forms.DateTimeField(required=False, help_text="UTC, like 2027-03-31 12:00; empty is for good")

    def clean_until(self) -> datetime | None:
        until: datetime | None = self.cleaned_data["until"]
        if until and until <= timezone.now():
            raise forms.ValidationError("A suspension ends in the future.")
        return until
