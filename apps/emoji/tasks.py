"""The Celery entries. They carry ids; the row knows everything else."""

from datetime import timedelta

from celery import shared_task
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from kombu.exceptions import OperationalError
from structlog import get_logger

from apps.emoji import detections, pipeline, retention
from apps.emoji.models import EmojiTask

MOST_AT_ONCE = 500
# Each is one or two calls to the photo store.
MOST_OBJECTS_AT_ONCE = 200
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


@shared_task(name="apps.emoji.tasks.remove_objects", soft_time_limit=100, time_limit=110)
def remove_objects() -> None:
    """Every two minutes: photos that nobody needs any more, clips whose time is over or whose user deleted them."""
    now = timezone.now()
    retention.close_photos(now, MOST_AT_ONCE)
    detections.forget_old(now, MOST_AT_ONCE)
    removed = retention.remove_photos(now, MOST_OBJECTS_AT_ONCE), retention.remove_results(now, MOST_OBJECTS_AT_ONCE)
    if any(removed):
        log.info("objects were removed", photos=removed[0], results=removed[1])


def ring(emoji_task_id: int) -> bool:
    """Tell the workers about a task. Without a broker nothing is lost: `ring_due` comes by."""
    try:
        advance.delay(emoji_task_id)
    except OperationalError as error:
        log.warning("the bell is out of reach; the sweeper will ring", task=emoji_task_id, error=str(error))
        return False
    return True
