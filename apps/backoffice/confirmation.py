"""A deed of staff: a page that tells what will happen and asks why; then it is done, once, and written down."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.staff import audit

Answers = dict[str, Any]


class Refused(Exception):
    """It cannot be done now; the sentence says why."""


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="kept in the audit log"
    )


@dataclass(frozen=True, slots=True)
class Deed:
    """`perform` takes the form's answers, gives a sentence about what was done, and may raise Refused.

    `facts` are what the audit log keeps, before and after. A deed that calls another host is not a transaction.
    """

    action: str
    permission: str
    title: str
    meaning: str
    perform: Callable[[Answers], str]
    facts: Callable[[], audit.Facts] = field(default=dict)
    form: type[ReasonForm] = ReasonForm
    is_dangerous: bool = False
    calls_out: bool = False


def page(request: HttpRequest, deed: Deed, obj: Model, back: str) -> HttpResponse:
    """`back` is an address."""
    if not request.user.has_perm(deed.permission):
        raise PermissionDenied
    form = deed.form(request.POST or None)
    if form.is_valid():
        try:
            done = _done(request, deed, obj, form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, done)
            return redirect(back)
    return render(request, "admin/backoffice/deed.html", _shown(request, deed, form, back))


def _done(request: HttpRequest, deed: Deed, obj: Model, answers: Answers) -> str:
    with nullcontext() if deed.calls_out else transaction.atomic():
        before = deed.facts()
        write_down = partial(audit.record, request, deed.action, obj, reason=answers["reason"], before=before)
        try:
            done = deed.perform(answers)
        except Exception:
            # No transaction undoes what a call has changed before it was refused.
            if deed.calls_out and (after := deed.facts()) != before:
                write_down(after=after)
            raise
        write_down(after=deed.facts())
    return done


def _shown(request: HttpRequest, deed: Deed, form: ReasonForm, back: str) -> dict[str, Any]:
    shown = {"title": deed.title, "meaning": deed.meaning, "form": form, "back": back}
    return admin.site.each_context(request) | shown | {"is_dangerous": deed.is_dangerous}
