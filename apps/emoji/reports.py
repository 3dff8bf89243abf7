"""Users tell staff that a clip is not what it should be."""

from apps.emoji import own_tasks
from apps.emoji.models import TaskReport


def report(user_id: int, task_id: int, reason: str, note: str) -> TaskReport:
    """One report for each task; again, it says the new words and is open again. Raises TaskNotFound."""
    task = own_tasks.find(user_id, task_id)
    said = {"reason": reason, "note": note, "is_handled": False}
    row, _ = TaskReport.objects.update_or_create(user_id=user_id, task=task, defaults=said)
    return row
