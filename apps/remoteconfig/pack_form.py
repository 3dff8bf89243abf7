"""What staff fill in about a points pack; its points are guarded as they are in every place of values."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldBooleanSwitchWidget

from apps.remoteconfig import catalogue
from apps.remoteconfig.guards import leaps
from apps.remoteconfig.models import PointsPack


class PointsPackForm(forms.ModelForm[PointsPack]):
    confirmed = forms.BooleanField(
        required=False,
        label="I mean it",
        help_text="needed for ten times the points, or a tenth",
        widget=UnfoldBooleanSwitchWidget,
    )

    class Meta:
        model = PointsPack
        fields = ("product_id", "points", "bonus_points", "title", "badge", "sort", "is_offered")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        product_id = given.get("product_id") or self.instance.product_id
        before = catalogue.current().pack_points(product_id)
        if before and given.get("points") and not given.get("confirmed"):
            found = leaps({"points_packs": {product_id: before}}, {"points_packs": {product_id: given["points"]}})
            for leap in found:
                self.add_error("confirmed", f"{leap}: confirm it if you mean it.")
        return given
