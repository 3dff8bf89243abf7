"""How far many running tasks of one account are, from few calls: the account's list tells who is still at it.

It brings no clips, so those that are not at it any more are asked for one by one, within the account's budget.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from structlog import get_logger

from apps.emoji import backends, breaker, lease
from apps.emoji.models import EmojiTask, Stage, Status
from apps.emoji.orphans import CLOCKS_MAY_DIFFER, MOST_PAGES
from apps.emoji.provider import ListRefused, NotNow, Provider, ProviderError, Window
from apps.emoji.provider import Status as ProviderStatus
from apps.emoji.provider_accounts import AccountRemoved

# Of one account at once.
MOST = 1000
# Vendor, task-list page.
LONGEST_WINDOW = timedelta(hours=24)
UNDER_WAY = (ProviderStatus.RUNNING, ProviderStatus.PENDING)

log = get_logger(__name__)


def running_at(accounts: Iterable[str]) -> Q:
    """Those that are looked at together. Whoever is past the deadline ends without a look, and is rung for singly."""
    return Q(stage=Stage.GENERATING, provider_account__in=list(accounts), deadline_at__gte=Now())


def due(account: str) -> list[EmojiTask]:
    """The running tasks of an account that it is time to look at, the longest due first."""
    rows = EmojiTask.objects.due().filter(
        running_at([account]), status=Status.PROCESSING, provider_task_id__isnull=False
    )
    return list(rows.only("id", "provider_task_id", "submit_sent_at").order_by("next_step_at")[:MOST])


def look(account: str) -> list[int]:
    """Note who is still at work, and return the others, who must be asked for singly, the longest due first.

    Nothing is returned while the account may not be called; everything when its list cannot be read. Of an account that
    is out one task asks whether it works again: its list, which may be refused alone, does not tell.
    """
    waiting = due(account)
    if not waiting:
        return []
    if outage := breaker.outages([account]).get(account):
        _look_later(waiting[1:], outage.seconds)
        return [waiting[0].id]
    try:
        at_it = _under_way(backends.provider_of(account), _window(waiting))
    except (ProviderError, AccountRemoved) as error:
        if isinstance(error, NotNow) and not isinstance(error, ListRefused):
            _look_later(waiting, error.wait_seconds)
            return []
        log.warning("the provider's list of tasks cannot be read", account=account, error=str(error))
        return [task.id for task in waiting]
    for status, ids in at_it.items():
        lease.still_running([task.id for task in waiting if task.provider_task_id in ids], status)
    known = {one for ids in at_it.values() for one in ids}
    return [task.id for task in waiting if task.provider_task_id not in known]


def _look_later(tasks: Sequence[EmojiTask], seconds: float) -> None:
    lease.look_later([task.id for task in tasks], timedelta(seconds=seconds))


def _under_way(provider: Provider, window: Window) -> dict[ProviderStatus, set[str]]:
    return {status: _all_pages(provider, Window(window.since, window.until, status)) for status in UNDER_WAY}


def _all_pages(provider: Provider, window: Window) -> set[str]:
    """Whoever stands on a page beyond the last one read is asked for singly."""
    found: set[str] = set()
    for number in range(1, MOST_PAGES + 1):
        page = provider.list_page(window, number)
        found.update(page.provider_task_ids)
        if page.is_last:
            break
    return found


def _window(tasks: Sequence[EmojiTask]) -> Window:
    now = timezone.now()
    oldest = min((task.submit_sent_at for task in tasks if task.submit_sent_at), default=datetime.now(UTC))
    until = now + CLOCKS_MAY_DIFFER
    return Window(max(oldest - CLOCKS_MAY_DIFFER, until - LONGEST_WINDOW), until)
