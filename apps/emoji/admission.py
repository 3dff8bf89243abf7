"""Who begins next: as many tasks as the accounts have places at the provider, in their turn.

The others wait here and not in the vendor's queue: that one runs a single task at a time, and its clocks tick there.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import Count, Q
from psycopg.errors import LockNotAvailable

from apps.core.postgres import direct
from apps.core.prepared_query import PreparedQuery
from apps.emoji import breaker, endings, lease, metrics, provider_accounts
from apps.emoji.lease import Claim
from apps.emoji.models import EmojiTask, Stage, Status
from apps.emoji.provider_accounts import ProviderAccount

# Where nobody counts. More are never begun in one sweep.
UNLIMITED = 500
NOT_SUBMITTED = (Stage.DETECTING, Stage.SUBMITTING)
LOOK_AGAIN = timedelta(seconds=5)
# The number only has to be one that nothing else locks. It is held for milliseconds, unless its holder stands still.
LOCK = """
SELECT set_config('lock_timeout', '300ms', true), set_config('synchronous_commit', 'off', true),
    pg_advisory_xact_lock(7316021)
"""
_TAKEN: PreparedQuery[EmojiTask] = PreparedQuery(
    lambda: EmojiTask.objects.at_the_provider().order_by().values_list("provider_account").annotate(taken=Count("id"))
)


def admit(held: Claim, now: datetime) -> bool:
    """Give the task a place, unless it has one. False: none is free for it, and it was put back.

    From here on the user can no longer cancel, and the deadline runs.
    """
    if not _needs_a_place(held.task):
        return True
    had_begun = _has_begun(held.task)
    try:
        is_admitted = _placed(held, now)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        is_admitted = False
    if not is_admitted:
        lease.put_back(held, **({"next_step_in": LOOK_AGAIN} if had_begun else {}))
    elif not had_begun:
        metrics.begun(held.task.created_at)
    return is_admitted


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
    taken: dict[str, int] = dict(map(tuple, _TAKEN.rows()))
    free = {name: max(_places(account) - taken.get(name, 0), 0) for name, account in accounts.items()}
    # A probe needs one task; the others need not begin for it.
    free |= {name: min(free[name], 1) for name, outage in outages.items() if outage.seconds == 0}
    return {name: number for name, number in free.items() if name not in outages or outages[name].seconds == 0}


def room() -> int:
    """How many of those that wait may begin: begun ones that lost their account take a free place first."""
    return _room_in(free_places())


def _room_in(places_by_account: Mapping[str, int]) -> int:
    free = sum(places_by_account.values())
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


@transaction.atomic(durable=True)
def _placed(held: Claim, now: datetime) -> bool:
    """Two workers would see the same free place, so they choose one after the other."""
    direct.run(LOCK, [])
    account = _place_for(held.task)
    if account:
        lease.write(
            held,
            status=Status.PROCESSING,
            started_at=held.task.started_at or now,
            deadline_at=endings.deadline(now),
            provider_account=account,
        )
    return bool(account)


def _place_for(task: EmojiTask) -> str:
    """The account with the most free places, when it is the task's turn; else nothing."""
    free = free_places()
    account = max(free, key=lambda name: free[name], default="")
    is_its_turn = _has_begun(task) or _is_next(task, _room_in(free))
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
