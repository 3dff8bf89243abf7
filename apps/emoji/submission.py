"""The user's half: charge, write the task, ring the bell after the commit."""

from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.utils import timezone
from structlog import get_logger

from apps.accounts import vip
from apps.accounts.models import User
from apps.core.errors import DomainError, NotFound
from apps.core.joined_transaction import joined
from apps.core.prepared_query import Given, PreparedQuery
from apps.core.snowflake import next_id
from apps.emoji import metrics, task_limits, tasks, uploads, waiting
from apps.emoji.models import EmojiTask, EmojiTemplate, PhotoUpload
from apps.emoji.waiting import QueuePlace
from apps.points import ledger
from apps.remoteconfig import values

_TEMPLATE = PreparedQuery(lambda: EmojiTemplate.objects.filter(driven_id=Given("driven_id")))

log = get_logger(__name__)


class TemplateNotFound(NotFound):
    code = "template_not_found"
    title = "No such template"


class TemplateRetired(DomainError):
    code = "template_retired"
    status = 410
    title = "This template is no longer offered"


class VipRequired(DomainError):
    code = "vip_required"
    status = 403
    title = "This expression is for VIPs"
    param_names = ("template_id",)


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


def template_named(driven_id: str) -> EmojiTemplate:
    """Raises TemplateNotFound, TemplateRetired."""
    template = _TEMPLATE.first(driven_id=driven_id)
    if template is None:
        raise TemplateNotFound
    if not template.is_active:
        raise TemplateRetired
    return template


def template_for(user: User, driven_id: str) -> EmojiTemplate:
    """Raises TemplateNotFound, TemplateRetired, VipRequired."""
    template = template_named(driven_id)
    if template.is_vip_only and not vip.is_vip(user, timezone.now()):
        raise VipRequired(template_id=driven_id)
    return template


@joined()
def submit(user_id: int, wish: Wish) -> Submitted:
    """Points and task together or neither.

    Whether any are made at present was asked before.
    Raises ActiveTaskLimitReached, DailyLimitReached, UploadExpired, InsufficientPoints.
    """
    user = User.objects.locked(user_id)
    now = timezone.now()
    is_vip = vip.is_vip(user, now)
    ordered_at = task_limits.require_room(user, is_vip, now)
    uploads.keep_for_a_task(wish.upload)
    task_id, cost = next_id(), _price(is_vip)
    spend = ledger.charge(user_id, cost, reference=f"emoji_task:{task_id}", title=f"Emoji: {wish.template.name}")
    task = EmojiTask(
        id=task_id,
        user_id=user_id,
        template=wish.template,
        upload=wish.upload,
        client_ref=wish.client_ref,
        cost=cost,
        spend_transaction_id=spend.id,
        next_step_at=ordered_at,
        turn_at=ordered_at - waiting.head_start(is_vip),
    )
    place = waiting.place_in_queue(task)
    if tasks.is_rung_when_new(place.position or 0):
        task.rung_at = ordered_at
        transaction.on_commit(partial(tasks.ring_new, task_id))
    task.save()
    transaction.on_commit(metrics.ordered, robust=True)
    log.info("an emoji was ordered", emoji_task=str(task_id), template=wish.template.driven_id, cost=cost)
    return Submitted(task, spend.balance_after, place)


def _price(is_vip: bool) -> int:
    return values.current().vip_emoji_cost if is_vip else values.current().emoji_cost
