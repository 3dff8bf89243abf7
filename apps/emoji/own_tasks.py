"""What a user does with their tasks: find one, cancel it while nobody works on it, delete it when it has ended."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from apps.core.errors import DomainError, NotFound
from apps.core.prepared_query import Given, PreparedQuery
from apps.emoji import metrics
from apps.emoji.models import OPEN, EmojiTask, PhotoUpload, Status
from apps.points import reversals, titles

_ONE_OF_USER = PreparedQuery(lambda: EmojiTask.objects.of_user(Given("user_id")).filter(id=Given("task_id")))


class TaskNotFound(NotFound):
    code = "task_not_found"
    title = "No such emoji task"


class TaskNotCancelable(DomainError):
    code = "task_not_cancelable"
    status = 409
    title = "This emoji can no longer be canceled"
    detail = "Only a queued one can be canceled."
    param_names = ("status",)


class TaskNotDeletable(DomainError):
    code = "task_not_deletable"
    status = 409
    title = "This emoji is still being made"
    detail = "Cancel it first, or wait for its end."
    param_names = ("status",)


def find(user_id: int, task_id: int) -> EmojiTask:
    """Raises TaskNotFound, also for somebody else's."""
    task = _ONE_OF_USER.first(user_id=user_id, task_id=task_id)
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


@transaction.atomic
def delete(user_id: int, task_id: int) -> None:
    """Nobody sees it from now on; retention.py removes its objects soon, and the ledger stays as it is.

    Raises TaskNotFound, also for one that is deleted already, and TaskNotDeletable.
    """
    task = find(user_id, task_id)
    ended = EmojiTask.objects.filter(id=task.id, deleted_at=None).exclude(status__in=OPEN)
    if not ended.update(deleted_at=Now(), version=F("version") + 1, updated_at=Now()):
        # As it is by then: staff may have it made again at this moment, or another request was first.
        raise TaskNotDeletable(status=find(user_id, task_id).status)
    PhotoUpload.objects.filter(id=task.upload_id).update(next_look_at=Now())


def _cancel_if_queued(task: EmojiTask) -> None:
    """A worker that starts the task at this moment either has done so, or has lost its lease here.

    Points first and the task after them, in the order of a failing worker, so that the two never wait for each other.
    """
    with transaction.atomic():
        refund = reversals.refund_spend(task.spend_transaction_id, title=titles.REFUND.format(name=task.template.name))
        canceled = EmojiTask.objects.filter(id=task.id, status=Status.QUEUED).update(
            status=Status.CANCELED,
            refund_transaction_id=refund.id,
            completed_at=Now(),
            lease_token=None,
            lease_until=None,
            version=F("version") + 1,
            updated_at=Now(),
        )
        if canceled:
            transaction.on_commit(metrics.canceled, robust=True)
        else:
            transaction.set_rollback(True)
