"""The user's half: charge, write the task, ring the bell after the commit."""

from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.utils import timezone
from structlog import get_logger

from apps.accounts import vip
from apps.accounts.sessions import SessionRevoked
from apps.core.joined_transaction import joined
from apps.core.snowflake import next_id
from apps.emoji import availability, metrics, order_facts, task_limits, tasks, uploads, waiting
from apps.emoji.models import EmojiTask, EmojiTemplate, PhotoUpload
from apps.emoji.waiting import QueuePlace
from apps.points import ledger, titles
from apps.remoteconfig import values

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants made; the photo has been checked."""

    template: EmojiTemplate
    upload: PhotoUpload
    client_ref: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """`balance` is what the user has left, in points."""

    task: EmojiTask
    balance: int
    place: QueuePlace


@joined()
def submit(user_id: int, wish: Wish) -> Submitted:
    """Points and task together or neither.

    Whether any are made at present was asked before; whether this one's turn comes in time is asked here.
    Raises SessionRevoked for who was forgotten meanwhile, ActiveTaskLimitReached, DailyLimitReached, UploadExpired,
    GenerationPaused, PointsFrozen, InsufficientPoints.
    """
    points, now, task_id = ledger.held(user_id), timezone.now(), next_id()
    if points.user.erased_at:
        raise SessionRevoked
    is_vip = vip.is_vip(points.user, now)
    facts = order_facts.ask(user_id, wish.upload, task_id, is_vip=is_vip, now=now)
    task_limits.require_room(facts.active, facts.today, is_vip, now)
    uploads.require_kept(facts.kept)
    task = EmojiTask(
        id=task_id,
        user_id=user_id,
        template=wish.template,
        upload=wish.upload,
        client_ref=wish.client_ref,
        cost=_price(is_vip),
        next_step_at=facts.ordered_at,
        turn_at=facts.ordered_at - waiting.head_start(is_vip),
    )
    place = waiting.place_after(facts.earlier, task)
    availability.require_beginning(place.begins_in_seconds)
    title = titles.EMOJI.format(name=wish.template.name)
    spend = ledger.charge_held(points, task.cost, reference=f"emoji_task:{task_id}", title=title)
    task.spend_transaction_id = spend.id
    if tasks.is_rung_when_new(place.position or 0):
        task.rung_at = facts.ordered_at
        transaction.on_commit(partial(tasks.ring_new, task_id))
    task.save()
    transaction.on_commit(metrics.ordered, robust=True)
    log.info("an emoji was ordered", emoji_task=str(task_id), template=wish.template.driven_id, cost=task.cost)
    return Submitted(task, spend.balance_after, place)


def _price(is_vip: bool) -> int:
    return values.current().vip_emoji_cost if is_vip else values.current().emoji_cost
