"""What staff may do with a task, each on a page of its own."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from apps.backoffice import confirmation, daily
from apps.backoffice.confirmation import Answers, Deed, ReasonForm, Refused
from apps.emoji import staff_actions
from apps.emoji.models import EmojiTask


class FreeForm(ReasonForm):
    for_free = forms.BooleanField(
        required=False, label="Make it for free", help_text="needed when its points were given back"
    )


class CancelForm(ReasonForm):
    with_refund = forms.BooleanField(required=False, initial=True, label="Give the points back")


def task_deed(request: HttpRequest, task_id: int, deed: str) -> HttpResponse:
    task = get_object_or_404(EmojiTask, id=task_id)
    if deed not in DEEDS:
        raise Http404
    return confirmation.page(request, DEEDS[deed](task), task, reverse("admin:emoji_emojitask_change", args=[task_id]))


def offered(request: HttpRequest, task: EmojiTask) -> dict[str, Deed]:
    """What the task's state allows, of what the reader may do."""
    possible = staff_actions.possible(task)
    deeds = {name: make(task) for name, make in DEEDS.items() if possible[name]}
    return {name: deed for name, deed in deeds.items() if request.user.has_perm(deed.permission)}


def _retry(task: EmojiTask) -> Deed:
    return _deed(
        task,
        "retry",
        title="Try the task again",
        meaning="The task is made again from where it stands. Nothing is charged. What the provider may have is asked"
        " for; else the photo is submitted once more, and never a third time.",
        act=lambda given: staff_actions.retry(task.id, for_free=given["for_free"]),
        done="The task is open again.",
        form=FreeForm,
    )


def _check(task: EmojiTask) -> Deed:
    return _deed(
        task,
        "check",
        title="Ask the provider again",
        meaning="A worker asks the provider now. A failed task opens again for that: a clip that came late is taken,"
        " and without one it fails as before.",
        act=lambda given: staff_actions.check_again(task.id, for_free=given["for_free"]),
        done="A worker asks the provider now.",
        form=FreeForm,
    )


def _cancel(task: EmojiTask) -> Deed:
    return _deed(
        task,
        "cancel",
        title="Cancel the task",
        meaning="The task ends. What the provider makes of it all the same is paid by us and not looked at.",
        act=lambda given: staff_actions.cancel(task.id, with_refund=given["with_refund"]),
        done="The task is canceled.",
        form=CancelForm,
        is_dangerous=True,
    )


def _refund(task: EmojiTask) -> Deed:
    return _deed(
        task,
        "refund",
        title="Refund the task",
        meaning=f"{task.cost} points go back to where they came from, once. The task stays as it is.",
        act=lambda given: staff_actions.refund(task.id),
        done=f"{task.cost} points were given back.",
        permission="emoji.refund_task",
        is_dangerous=True,
    )


DEEDS: dict[str, Callable[[EmojiTask], Deed]] = {
    "retry": _retry,
    "check": _check,
    "cancel": _cancel,
    "refund": _refund,
}


def _deed(
    task: EmojiTask,
    name: str,
    *,
    act: Callable[[Answers], None],
    done: str,
    permission: str = "emoji.operate_tasks",
    **words: Any,
) -> Deed:
    def perform(given: Answers) -> str:
        try:
            act(given)
        except staff_actions.NotPossible as error:
            raise Refused(str(error)) from error
        daily.mark_stale(task.id)
        return done

    facts = partial(staff_actions.facts, task.id)
    return Deed(action=f"task.{name}", permission=permission, perform=perform, facts=facts, **words)
