"""A provider whose every call asks first: is the account's budget used up, does the account work?"""

from collections.abc import Callable
from typing import TypeVar

from django.conf import settings

from apps.emoji import breaker, budgets, metrics
from apps.emoji.budgets import Call
from apps.emoji.provider import (
    Clip,
    FaceBoxes,
    Fault,
    ListRefused,
    NotNow,
    Page,
    Photo,
    Progress,
    Provider,
    ProviderError,
    Window,
)
from apps.emoji.provider_accounts import Limits

# The vendor says that a throttled call usually passes within a minute, and names no time.
THROTTLED_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 60.0

Answered = TypeVar("Answered")


class GuardedProvider:
    """Raises NotNow instead of calling, and for what is the account's trouble and not the task's."""

    def __init__(self, provider: Provider, account: str, limits: Limits) -> None:
        self.name = provider.name
        self._provider = provider
        self._account = account
        self._per_second = {
            Call.DETECTION: limits.detections,
            Call.SUBMISSION: limits.submissions,
            Call.LOOK_UP: limits.look_ups,
        }

    def detect(self, photo: Photo) -> FaceBoxes:
        return self._guarded(Call.DETECTION, lambda: self._provider.detect(photo))

    def submit(self, photo: Photo, driven_id: str, boxes: FaceBoxes) -> str:
        return self._guarded(Call.SUBMISSION, lambda: self._provider.submit(photo, driven_id, boxes))

    def ask(self, provider_task_id: str) -> Progress:
        return self._guarded(Call.LOOK_UP, lambda: self._provider.ask(provider_task_id))

    def list_page(self, window: Window, page: int) -> Page:
        """Raises ListRefused where nothing is wrong but that."""
        return self._guarded(Call.LOOK_UP, lambda: self._listed(window, page))

    def download(self, progress: Progress) -> Clip:
        """From a store of its own, which counts nothing."""
        return self._provider.download(progress)

    def _listed(self, window: Window, page: int) -> Page:
        try:
            return self._provider.list_page(window, page)
        except ProviderError as error:
            if error.fault != Fault.ACCOUNT:
                raise
            raise ListRefused(error.code, float(settings.PROVIDER_PROBE_SECONDS), raw=error.raw) from error

    def _guarded(self, call: Call, made: Callable[[], Answered]) -> Answered:
        was_failing = self._require_leave(call)
        try:
            answer = made()
        except ProviderError as error:
            metrics.provider_requests.labels(call, _outcome(error)).inc()
            raise self._judged(call, error) from error
        metrics.provider_requests.labels(call, "ok").inc()
        if was_failing:
            breaker.works(self._account)
        return answer

    def _require_leave(self, call: Call) -> bool:
        """Whether the account was failing before this call.

        The budget first: a probe that has no budget would keep the others waiting for nothing.
        """
        if wait := budgets.take(self._account, call, self._per_second[call]):
            raise NotNow("provider_rate_limited", wait, raw=f"{call}: our own limit for {self._account}")
        leave = breaker.leave(self._account)
        if leave.seconds:
            raw = f"{self._account} is left alone for a while"
            raise NotNow("provider_unavailable", leave.seconds, raw=raw, account_is_out=True)
        return leave.is_failing

    def _judged(self, call: Call, error: ProviderError) -> ProviderError:
        if isinstance(error, ListRefused):
            # It may be the list alone that is refused; the next call of another kind tells.
            return error
        if error.fault == Fault.THROTTLED:
            wait = min(error.retry_after_seconds or THROTTLED_SECONDS, LONGEST_PAUSE_SECONDS)
            budgets.pause(self._account, call, wait)
            return NotNow(error.code, wait, raw=error.raw)
        if error.fault == Fault.NONE:
            breaker.works(self._account)
            return error
        left_alone = breaker.fails(self._account, error.fault, error.raw)
        if left_alone and not error.outcome_unknown:
            return NotNow(error.code, left_alone, raw=error.raw, account_is_out=True, broke_down=error.broke_down)
        return error


def _outcome(error: ProviderError) -> str:
    """Whose fault it is; with none of ours or theirs it was the task that was refused."""
    return "refused" if error.fault == Fault.NONE else error.fault
