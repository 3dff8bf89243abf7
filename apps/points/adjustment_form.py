"""What staff fill in to adjust a user's points."""

from uuid import uuid4

from django import forms

from apps.points.ledger import Bucket

LARGEST_ADJUSTMENT = 1_000_000


class AdjustmentForm(forms.Form):
    """`token` makes a second click on the same form harmless."""

    amount = forms.IntegerField(
        min_value=-LARGEST_ADJUSTMENT,
        max_value=LARGEST_ADJUSTMENT,
        help_text="points; below zero to take them away",
    )
    bucket = forms.ChoiceField(
        choices=((Bucket.GRANTED, "granted: spent first"), (Bucket.PURCHASED, "purchased: never expire")),
    )
    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="seen by staff only")
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def clean_amount(self) -> int:
        amount: int = self.cleaned_data["amount"]
        if not amount:
            raise forms.ValidationError("An adjustment moves points.")
        return amount
