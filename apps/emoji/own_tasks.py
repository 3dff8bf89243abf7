"""What a user does with their tasks: find one, cancel it while nobody works on it."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from apps.core.errors import DomainError, NotFound
from apps.emoji.models import EmojiTask, Status
from apps.points import reversals


class TaskNotFound(NotFound):
    code = "task_not_found"
    title = "No such emoji task"


class TaskNotCancelable(DomainError):
    code = "task_not_cancelable"
    status = 409
    title = "This emoji can no longer be canceled"
    detail = "It is {status}; only a queued one can be canceled."


def find(user_id: int, task_id: int) -> EmojiTask:
    """Raises TaskNotFound, also for somebody else's."""
    task = EmojiTask.objects.of_user(user_id).filter(id=task_id).first()
    if task is None:
        raise TaskNotFound
    return task


def cancel(user_id: int, task_id: int) -> EmojiTask:
    """Give the whole cost back, as long as the provider was not asked; again, it changes nothing.

    Raises TaskNotFound, TaskNotCancelable.
    """
    task = find(user_id, task_id)
    if task.status == Status.QUEUED:
        _cancel_if_queued(task)
        task = find(user_id, task_id)
    if task.status != Status.CANCELED:
        raise TaskNotCancelable(status=task.status)
    return task


def _cancel_if_queued(task: EmojiTask) -> None:
    """A worker that starts the task at this moment either has done so, or has lost its lease here.

    Points first and the task after them, in the order of a failing worker, so that the two never wait for each other.
    """
    with transaction.atomic():
        refund = reversals.refund_spend(task.spend_transaction_id, title=f"Refund: {task.template.name}")
        canceled = EmojiTask.objects.filter(id=task.id, status=Status.QUEUED).update(
            status=Status.CANCELED,
            refund_transaction_id=refund.id,
            completed_at=Now(),
            lease_token=None,
            lease_until=None,
            version=F("version") + 1,
            updated_at=Now(),
        )
        if not canceled:
            transaction.set_rollback(True)
