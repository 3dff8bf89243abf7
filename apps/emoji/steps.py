"""The four steps of a task, in the order of its stages. Each returns whether the next one is due at once."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings

from apps.emoji import backends, clip_facts, clip_keys, detections, lease, metrics, orphans, working_copy
from apps.emoji.lease import Claim
from apps.emoji.models import EmojiTask, Stage, Status
from apps.emoji.photo_store import ObjectMissing, PhotoStoreUnavailable
from apps.emoji.provider import Clip, FaceBoxes, Photo, Progress, Provider, ProviderError
from apps.emoji.provider import Status as ProviderStatus
from apps.emoji.working_copy import PhotoClosed, PhotoUnreadable


class StepFailed(Exception):
    """The task cannot succeed any more. `code` is one of contract 2.2, `raw` is for staff."""

    def __init__(self, code: str, raw: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.raw = raw


def detect(held: Claim) -> bool:
    """Make the copy that is worked with, and find the face on it; a photo that was checked is not checked again."""
    task = held.task
    key = task.photo_key or _working_copy(task)
    boxes = detections.passed(task.upload) or _detected(task, key)
    found = {"photo_key": key, "face_box": list(boxes.face), "extended_box": list(boxes.extended)}
    _move_on(held, Stage.SUBMITTING, **found, **_intent(held), is_synced=True)
    held.is_about_to_submit = True
    return True


def submit(held: Claim) -> bool:
    """Hand the photo over. The intent is stored first: an answer that is lost is looked for, not paid for again."""
    task, provider = held.task, _provider(held.task)
    if not held.is_about_to_submit:
        if task.submit_sent_at:
            return _find_lost_submission(held)
        lease.write(held, **_intent(held))
    elif task.submit_sent_at and held.now() > task.submit_sent_at + orphans.ON_THE_WAY:
        # This worker slept. Has another one the task by now, it was looked for, and nobody expects it to arrive.
        lease.write(held, submit_sent_at=held.now())
    # Whatever becomes of the call, from here on it may have been sent.
    held.is_about_to_submit = False
    try:
        provider_task_id = provider.submit(_photo(task.photo_key), task.template.driven_id, _boxes(task))
    except ProviderError as error:
        if error.outcome_unknown:
            return _look_again(held)
        # The provider refused it, so nothing was submitted. What it broke down over it may have all the same, and then
        # nobody else may take it for theirs.
        doubtful = {"lost_submission_at": task.submit_sent_at} if error.broke_down else {}
        lease.write(held, submit_no=task.submit_no - 1, submit_sent_at=None, **doubtful)
        raise
    return _submitted(held, provider_task_id)


def ask(held: Claim) -> bool:
    task = held.task
    progress = _provider(task).ask(str(task.provider_task_id))
    if progress.status == ProviderStatus.SUCCEEDED:
        metrics.generated(task.submit_sent_at)
        return _move_on(held, Stage.SAVING, provider_status=progress.status, provider_result_url=progress.result_url)
    # It does not go back, whatever they say: the user was told.
    status = task.provider_status if task.provider_status == ProviderStatus.RUNNING else progress.status
    lease.settle(held, provider_status=status, retries=0, next_step_in=_until_next_poll())
    return False


def save(held: Claim) -> bool:
    """Success is told only after our own copy exists; its key is the task's, so that a repetition overwrites itself."""
    task = held.task
    clip = _provider(task).download(Progress(ProviderStatus.SUCCEEDED, _result_url(held)))
    key = clip_keys.of_type(task, clip.content_type)
    _keep(key, clip)
    facts = clip_facts.read(clip.content, clip.content_type)
    lease.settle(
        held,
        status=Status.SUCCEEDED,
        result_key=key,
        result_content_type=clip.content_type,
        result_size=len(clip.content),
        result_sha256=hashlib.sha256(clip.content).hexdigest(),
        result_duration_ms=facts.duration_ms,
        result_width=facts.width,
        result_height=facts.height,
        completed_at=held.now(),
    )
    metrics.succeeded(task.created_at)
    return False


def _keep(key: str, clip: Clip) -> None:
    """Believed only when it is seen. Raises PhotoStoreUnavailable."""
    store = backends.photo_store()
    store.write(key, clip.content, content_type=clip.content_type)
    try:
        size = store.size(key)
    except ObjectMissing as error:
        raise PhotoStoreUnavailable("the store took the clip and does not have it") from error
    if size != len(clip.content):
        raise PhotoStoreUnavailable("the stored copy has another size")


BY_STAGE: dict[Stage, Callable[[Claim], bool]] = {
    Stage.DETECTING: detect,
    Stage.SUBMITTING: submit,
    Stage.GENERATING: ask,
    Stage.SAVING: save,
}


def _provider(task: EmojiTask) -> Provider:
    """With the account that took the task, which is the only one that knows it. Raises AccountRemoved."""
    return backends.provider_of(task.provider_account)


def _working_copy(task: EmojiTask) -> str:
    try:
        return working_copy.make(task.upload)
    except (PhotoUnreadable, PhotoClosed) as error:
        raise StepFailed("photo_unreadable", str(error)) from error


def _detected(task: EmojiTask, key: str) -> FaceBoxes:
    try:
        boxes = _provider(task).detect(_photo(key))
    except ProviderError as error:
        if task.upload.sha256 and detections.is_refusal(error):
            detections.remember_refused(task.upload, error.code)
        raise
    if task.upload.sha256:
        detections.remember_passed(task.upload, boxes)
    return boxes


def _result_url(held: Claim) -> str:
    """As it was told; after a failure as it is told then, for an address expires."""
    task = held.task
    if not task.retries:
        return task.provider_result_url
    fresh = _provider(task).ask(str(task.provider_task_id)).result_url or task.provider_result_url
    lease.write(held, provider_result_url=fresh)
    return fresh


def _photo(key: str) -> Photo:
    return working_copy.for_provider(key)


def _boxes(task: EmojiTask) -> FaceBoxes:
    return FaceBoxes(detections.box(task.face_box), detections.box(task.extended_box))


def _intent(held: Claim) -> dict[str, Any]:
    task = held.task
    return {"provider": _provider(task).name, "submit_no": task.submit_no + 1, "submit_sent_at": held.now()}


def _submitted(held: Claim, provider_task_id: str) -> bool:
    taken = {"provider_task_id": provider_task_id, "provider_status": ProviderStatus.PENDING}
    if not (wait := _until_next_poll()):
        return _move_on(held, Stage.GENERATING, **taken, is_synced=True)
    lease.settle(held, stage=Stage.GENERATING, **taken, retries=0, next_step_in=wait)
    return False


def _find_lost_submission(held: Claim) -> bool:
    match orphans.find(held.task, held.now()):
        case orphans.Found(provider_task_id):
            return _submitted(held, provider_task_id)
        case orphans.NotYetClear():
            return _look_again(held)
        case orphans.NeverArrived() if _may_be_sent_again(held.task):
            return _send_again(held)
        case orphans.Ambiguous(listed) if _may_be_sent_again(held.task):
            orphans.abandon(held.task, listed)
            return _send_again(held)
        case _:
            raise StepFailed("provider_timeout", f"submission {held.task.submit_no} was lost")


def _may_be_sent_again(task: EmojiTask) -> bool:
    return task.submit_no < int(settings.EMOJI_MOST_SUBMISSIONS)


def _send_again(held: Claim) -> bool:
    lease.go_on(held, submit_sent_at=None, lost_submission_at=held.task.submit_sent_at)
    return True


def _look_again(held: Claim) -> bool:
    lease.settle(held, next_step_in=_until_next_poll())
    return False


def _move_on(held: Claim, stage: Stage, **changes: Any) -> bool:
    lease.go_on(held, stage=stage, retries=0, **changes)
    return True


def _until_next_poll() -> timedelta:
    return timedelta(seconds=settings.EMOJI_POLL_SECONDS)
