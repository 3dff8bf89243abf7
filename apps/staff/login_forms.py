"""What staff type to log in."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.staff import throttle


class PasswordForm(AuthenticationForm):
    """Whoever tries too often is told so before the password is looked at."""

    wait_seconds = 0

    def clean(self) -> dict[str, Any]:
        if self.request is not None:
            self.wait_seconds = throttle.password_wait(self.request, self.cleaned_data.get("username", ""))
        if self.wait_seconds:
            raise ValidationError(too_often(self.wait_seconds), code="too_often")
        return super().clean() or self.cleaned_data


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=32,
        strip=True,
        help_text="six digits of your authenticator app, or a recovery code",
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}
        ),
    )


class FirstCodeForm(CodeForm):
    """Sets the second factor up: recovery codes come afterwards."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = "six digits of your authenticator app"


def too_often(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return f"Too many tries. Try again in {minutes} minute{'s' if minutes > 1 else ''}."
