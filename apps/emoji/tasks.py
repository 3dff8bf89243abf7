"""The Celery entries. They carry ids; the row knows everything else."""

from datetime import timedelta

from celery import shared_task
from django.db.models import Q
from django.db.models.functions import Now
from kombu.exceptions import OperationalError
from structlog import get_logger

from apps.emoji import pipeline
from apps.emoji.models import EmojiTask

MOST_AT_ONCE = 500
# A task that was rung and not begun: its message was lost, or no worker is free.
RING_AGAIN_AFTER = timedelta(seconds=30)

log = get_logger(__name__)


@shared_task(name="apps.emoji.tasks.advance")
def advance(emoji_task_id: int) -> None:
    pipeline.advance(emoji_task_id)


@shared_task(name="apps.emoji.tasks.ring_due")
def ring_due() -> None:
    """Ring the bell for every task that is due: to be looked at again, or because its bell or its worker was lost."""
    unrung = Q(rung_at=None) | Q(rung_at__lt=Now() - RING_AGAIN_AFTER)
    due = EmojiTask.objects.due().filter(unrung).order_by("next_step_at").values_list("id", flat=True)[:MOST_AT_ONCE]
    rung = [task_id for task_id in due if ring(task_id)]
    EmojiTask.objects.filter(id__in=rung, lease_until=None).update(rung_at=Now())


def ring(emoji_task_id: int) -> bool:
    """Tell the workers about a task. Without a broker nothing is lost: `ring_due` comes by."""
    try:
        advance.delay(emoji_task_id)
    except OperationalError as error:
        log.warning("the bell is out of reach; the sweeper will ring", task=emoji_task_id, error=str(error))
        return False
    return True
