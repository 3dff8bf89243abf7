"""The worker's half: `advance` does the next step of a task, and the ones after it that are due at once.

A step runs outside any transaction. It either moves the task on, asks to be called again later, or fails it; whichever
it is, one guarded update stores it with the time of the next step. Steps that follow at once are made under one lease,
each with its whole time and counted before it begins. A worker that dies leaves a lease that runs out.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from structlog import get_logger
from structlog.contextvars import bound_contextvars

from apps.emoji import admission, endings, lease, metrics, steps
from apps.emoji.lease import Claim, LeaseLost
from apps.emoji.models import EmojiTask, Stage, Status
from apps.emoji.photo_store import PhotoStoreUnavailable
from apps.emoji.provider import NotNow, ProviderError, Retry
from apps.emoji.provider_accounts import AccountRemoved
from apps.emoji.steps import StepFailed
from apps.emoji.task_errors import TASK_ERRORS
from apps.points import reversals, titles
from apps.remoteconfig import values

LONGEST_BACK_OFF_SECONDS = 60

log = get_logger(__name__)


def advance(task_id: int) -> None:
    """Harmless for a task that is not due, has ended, is held by another worker, or does not exist."""
    if held := lease.claim(task_id):
        with bound_contextvars(emoji_task=str(task_id), user_id=str(held.task.user_id)):
            while _advanced(held):
                pass


def _advanced(held: Claim) -> bool:
    """Whether the next step is due at once."""
    try:
        return _step(held)
    except LeaseLost:
        log.warning("another worker has this task now", task=held.task.id)
        return False


def _step(held: Claim) -> bool:
    task, now = held.task, held.now()
    if endings.was_held_up(task, now):
        log.warning("a task has its time again: nobody was there to make its steps", stage=task.stage)
        lease.write(held, deadline_at=endings.deadline(now))
    if given_up := endings.given_up(task, now):
        return _fail(held, *given_up)
    return admission.admit(held, now) and _made(held)


def _made(held: Claim) -> bool:
    task = held.task
    stage, attempt = task.stage, task.retries + 1
    try:
        with metrics.step(stage):
            is_due_again = steps.BY_STAGE[Stage(stage)](held)
        log.info("a step was made", stage=stage, attempt=attempt)
        return is_due_again
    except LeaseLost:
        raise
    except NotNow as error:
        return _put_back(held, error)
    except AccountRemoved as error:
        return _put_back(held, _not_here(error))
    except StepFailed as error:
        return _fail(held, error.code, error.raw)
    except PhotoStoreUnavailable as error:
        return _without_store(held, error)
    except Exception as error:
        return _again_or_fail(held, _as_provider_error(task, error))


def _as_provider_error(task: EmojiTask, error: Exception) -> ProviderError:
    if isinstance(error, ProviderError):
        return error
    log.exception("a step broke", task=task.id, stage=task.stage, exc_info=error)
    return ProviderError("internal_error", retry=Retry.LATER, raw=repr(error))


def _not_here(error: AccountRemoved) -> NotNow:
    """While settings change, one worker knows an account and another does not, or not any more."""
    wait = float(settings.PROVIDER_PROBE_SECONDS)
    return NotNow("provider_unavailable", wait, raw=str(error), account_is_out=True)


def _put_back(held: Claim, error: NotNow) -> bool:
    """The step was not made, so nothing is counted. Several that wait for the same do not come back at one moment."""
    apart = timedelta(milliseconds=held.task.id % 1000)
    wait = timedelta(seconds=min(error.wait_seconds, LONGEST_BACK_OFF_SECONDS)) + apart
    released = admission.released(held.task) if error.account_is_out else {}
    lease.put_back(held, **released, next_step_in=wait, error_raw=error.raw)
    return False


def _again_or_fail(held: Claim, error: ProviderError) -> bool:
    task = held.task
    if task.retries >= _most_retries(error.retry):
        return _fail(held, error.code, error.raw)
    wait = error.retry_after_seconds or _back_off(task.retries)
    log.warning("a step is tried again", task=task.id, stage=task.stage, code=error.code, raw=error.raw, wait=wait)
    wait = min(wait, LONGEST_BACK_OFF_SECONDS)
    lease.settle(held, retries=task.retries + 1, next_step_in=timedelta(seconds=wait), error_raw=error.raw)
    return False


def _without_store(held: Claim, error: PhotoStoreUnavailable) -> bool:
    """A clip that is made and paid for is not lost for our own store's trouble: it lies at the provider for a day."""
    task = held.task
    if task.stage != Stage.SAVING:
        return _again_or_fail(held, ProviderError("internal_error", retry=Retry.LATER, raw=str(error)))
    longest = timedelta(seconds=settings.EMOJI_LONGEST_SAVING_SECONDS)
    ends_at = (task.submit_sent_at or task.created_at) + longest
    if held.now() > ends_at:
        return _fail(held, "result_unavailable", str(error))
    log.error("a clip that is made cannot be kept: the photo store fails", task=task.id, raw=str(error))
    # Of the tries that the provider's own troubles have, half are left to them.
    retries = min(task.retries + 1, _most_retries(Retry.LATER) // 2)
    wait = timedelta(seconds=_back_off(task.retries))
    lease.settle(held, retries=retries, deadline_at=ends_at, next_step_in=wait, error_raw=str(error))
    return False


def _most_retries(retry: Retry) -> int:
    return {Retry.ONCE: 1, Retry.LATER: int(settings.EMOJI_MOST_RETRIES)}.get(retry, 0)


def _back_off(retries: int) -> float:
    """Seconds."""
    return min(float(settings.EMOJI_FIRST_WAIT_SECONDS) * 2.0**retries, LONGEST_BACK_OFF_SECONDS)


def _fail(held: Claim, code: str, raw: str) -> bool:
    log.warning("an emoji task failed", task=held.task.id, code=code, raw=raw)
    with transaction.atomic(durable=True):
        refund_id = _refunded(held.task, code)
        lease.settle(
            held,
            status=Status.FAILED,
            error_code=code,
            error_raw=raw,
            completed_at=held.now(),
            refund_transaction_id=refund_id,
        )
    metrics.failed(code)
    return False


def _refunded(task: EmojiTask, code: str) -> int | None:
    """By default nothing comes back; the configuration may name classes of failures that are made good.

    What staff gave back before they had it made again stays given back.
    """
    if TASK_ERRORS[code].failure_class not in values.current().refunded_failures:
        return task.refund_transaction_id
    return reversals.refund_spend(task.spend_transaction_id, title=titles.REFUND.format(name=task.template.name)).id
