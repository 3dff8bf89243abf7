"""Who begins next: as many tasks as the accounts have places at the provider, in their turn.

The others wait here and not in the vendor's queue: that one runs a single task at a time, and its clocks tick there.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q
from django.db.models.functions import Now

from apps.emoji import breaker, lease, metrics, provider_accounts
from apps.emoji.lease import Claim
from apps.emoji.models import EmojiTask, Stage, Status
from apps.emoji.provider_accounts import ProviderAccount

# Where nobody counts. More are never begun in one sweep.
UNLIMITED = 500
NOT_SUBMITTED = (Stage.DETECTING, Stage.SUBMITTING)
LOOK_AGAIN = timedelta(seconds=5)
# The number only has to be one that nothing else locks.
LOCK = "SELECT pg_try_advisory_xact_lock(7316021)"


def admit(held: Claim, now: datetime) -> bool:
    """Give the task a place, unless it has one. False: none is free for it, and it was put back.

    From here on the user can no longer cancel, and the deadline runs.
    """
    if not _needs_a_place(held.task):
        return True
    with transaction.atomic(durable=True):
        account = _place_for(held.task) if _choosing_alone() else ""
        if not account:
            lease.put_back(held, **({"next_step_at": Now() + LOOK_AGAIN} if _has_begun(held.task) else {}))
            return False
        lease.write(
            held,
            status=Status.PROCESSING,
            started_at=held.task.started_at or now,
            deadline_at=now + timedelta(seconds=settings.EMOJI_DEADLINE_SECONDS),
            provider_account=account,
        )
    if not _has_begun(held.task):
        metrics.begun(held.task.created_at)
    held.task.provider_account = account
    return True


def released(task: EmojiTask) -> dict[str, Any]:
    """The changes that free its place for the time its account is out; nothing when the account has taken the task."""
    if task.stage in NOT_SUBMITTED and not task.submit_sent_at:
        return {"provider_account": "", "deadline_at": None}
    return {}


def free_places() -> Mapping[str, int]:
    """By account, of those that work or are due for a probe; never below 0."""
    accounts = {account.name: account for account in provider_accounts.configured()}
    if all(account.limits is None for account in accounts.values()):
        return dict.fromkeys(accounts, UNLIMITED)
    outages = breaker.outages(list(accounts))
    rows = EmojiTask.objects.at_the_provider().filter(provider_account__in=accounts).order_by()
    taken = dict(rows.values_list("provider_account").annotate(Count("id")))
    free = {name: max(_places(account) - taken.get(name, 0), 0) for name, account in accounts.items()}
    # A probe needs one task; the others need not begin for it.
    free |= {name: min(free[name], 1) for name, outage in outages.items() if outage.seconds == 0}
    return {name: number for name, number in free.items() if name not in outages or outages[name].seconds == 0}


def room() -> int:
    """How many of those that wait may begin: begun ones that lost their account take a free place first."""
    free = sum(free_places().values())
    if free >= UNLIMITED:
        return free
    homeless = EmojiTask.objects.at_the_provider().filter(
        provider_account="", submit_sent_at=None, stage__in=NOT_SUBMITTED
    )
    return max(free - homeless[:free].count(), 0)


def places() -> int:
    """All that there are, taken or free."""
    return sum(_places(account) for account in provider_accounts.configured())


def _places(account: ProviderAccount) -> int:
    return account.limits.places if account.limits else UNLIMITED


def _choosing_alone() -> bool:
    """Two workers would see the same free place. The one that comes second comes back with the next sweep."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        return bool(cursor.fetchone()[0])


def _place_for(task: EmojiTask) -> str:
    """The account with the most free places, when it is the task's turn; else nothing."""
    free = free_places()
    account = max(free, key=lambda name: free[name], default="")
    is_its_turn = _has_begun(task) or _is_next(task, room())
    return account if free.get(account) and is_its_turn else ""


def _needs_a_place(task: EmojiTask) -> bool:
    return not _has_begun(task) or (not task.provider_account and bool(released(task)))


def _has_begun(task: EmojiTask) -> bool:
    return task.status != Status.QUEUED


def _is_next(task: EmojiTask, places_left: int) -> bool:
    """Whether a place is left when those had theirs whose turn is earlier."""
    if places_left >= UNLIMITED:
        return True
    earlier = Q(turn_at__lt=task.turn_at) | Q(turn_at=task.turn_at, id__lt=task.id)
    return EmojiTask.objects.waiting().filter(earlier)[:places_left].count() < places_left
