"""The pages on which staff set a value of the remote configuration, and undo a change of it."""

import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from apps.remoteconfig import live, overrides
from apps.remoteconfig.document import InvalidConfig
from apps.remoteconfig.models import ConfigRevision
from apps.remoteconfig.override_form import ReasonForm, ValueForm
from apps.remoteconfig.overrides import Author, Change, ChangedMeanwhile, ConfirmationNeeded
from apps.remoteconfig.schema import BY_PATH
from apps.staff import audit

HISTORY = "admin:remoteconfig_configrevision_changelist"


def set_value(request: HttpRequest, key: str) -> HttpResponse:
    _require_leave(request)
    if key not in BY_PATH:
        raise Http404
    live.refresh()
    initial = {"value": pretty(live.snapshot().values[key]), "follows": _last_sequence(key)}
    form = ValueForm(request.POST or None, initial=initial)
    if form.is_valid() and _is_done(request, form, _change(key, _after(form), form.cleaned_data["follows"])):
        return redirect(HISTORY)
    return render(request, "admin/remoteconfig/set_value.html", _shown(request, form, f"Set {key}", key))


def undo(request: HttpRequest, revision_id: int) -> HttpResponse:
    """One click when nothing must be confirmed; the page is for those changes that must, and for its reader."""
    _require_leave(request)
    revision = get_object_or_404(ConfigRevision, id=revision_id)
    live.refresh()
    after = overrides.before(revision)
    initial = {"reason": f"Undoes change {revision.sequence}: {revision.reason}"[:500], "follows": revision.sequence}
    form = ReasonForm({**initial, **request.POST.dict()} if request.method == "POST" else None, initial=initial)
    change = _change(revision.key, after, revision.sequence)
    if form.is_valid() and _is_done(request, form, change, undoes=revision):
        return redirect(HISTORY)
    shown = _shown(request, form, f"Undo {revision}", revision.key)
    return render(request, "admin/remoteconfig/set_value.html", shown | {"then": pretty(change.then)})


def pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _is_done(request: HttpRequest, form: ReasonForm, change: Change, undoes: ConfigRevision | None = None) -> bool:
    """Else the form says why not."""
    given = form.cleaned_data
    author = Author(int(request.user.pk or 0), given["reason"], given["confirmed"])
    try:
        revision = overrides.apply(change, author, undoes)
    except InvalidConfig as refusal:
        for problem in refusal.problems:
            form.add_error(None, problem.sentence)
    except ConfirmationNeeded as refusal:
        form.add_error("confirmed", refusal.sentence)
    except ChangedMeanwhile as refusal:
        form.add_error(None, f"{refusal.sentence}. Look at its history, and begin again.")
    else:
        audit.record(
            request, "remoteconfig.set", revision, reason=given["reason"], before=revision.before, after=revision.after
        )
        live.refresh()
        messages.success(request, f"{revision}, is in use here, and everywhere within 10 seconds.")
        return True
    return False


def _after(form: ValueForm) -> dict[str, Any]:
    given = form.cleaned_data
    return {} if given["takes_away"] else {"value": given["value"][0]}


def _change(key: str, after: Any, follows: int) -> Change:
    return Change(key, _now(key), _then(key, after), after, follows, live.snapshot().values)


def _now(key: str) -> Any:
    return live.snapshot().values[key]


def _then(key: str, after: Any) -> Any:
    return after["value"] if after else live.below_staff()[key]


def _last_sequence(key: str) -> int:
    last = ConfigRevision.objects.filter(key=key).order_by("-sequence").first()
    return last.sequence if last else 0


def _require_leave(request: HttpRequest) -> None:
    if not request.user.has_perm("remoteconfig.add_configrevision"):
        raise PermissionDenied


def _shown(request: HttpRequest, form: ReasonForm, title: str, key: str) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": title,
        "form": form,
        "key": BY_PATH[key],
        "now": pretty(_now(key)),
        "place": live.places()[key],
        "back": reverse(HISTORY),
    }
