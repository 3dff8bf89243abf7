"""A TRANSFER moves the lines of one customer to another; it may come before the purchase it moves."""

from collections.abc import Iterable

from django.db.models import QuerySet

from apps.billing import customers, revenuecat
from apps.billing.models import RevenueCatEvent, Subscription
from apps.billing.ownership import Transfer
from apps.billing.revenuecat import Event
from apps.core import advisory_lock

Outcome = RevenueCatEvent.Outcome
# Shared by whoever writes a line, held by a transfer alone.
LOCK = "revenuecat:transfers"
MOST_TRANSFERS = 500
LONGEST_CHAIN = 20


def let_nobody_else_in() -> None:
    """Transfers are rare: while one looks for the lines it moves, no line is being written."""
    advisory_lock.hold([LOCK])


def found_in(event: Event) -> list[str]:
    """Everybody a transfer speaks of: the names told, and the ids of the users found by them."""
    return sorted({*_with_ids(event.transferred_from), *_with_ids(event.transferred_to)})


def moved_lines(event: Event) -> list[Subscription]:
    """The lines that have ever been whose they are taken from."""
    lines = Subscription.objects.filter(owner_names__overlap=_with_ids(event.transferred_from))
    if event.store:
        lines = lines.filter(store=event.store)
    if event.environment:
        lines = lines.filter(environment=event.environment)
    return list(lines.order_by("id")[:MOST_TRANSFERS])


def concerning(names: Iterable[str], store: str, environment: str) -> list[Transfer]:
    """The transfers that a line with these names may have gone through, from owner to owner."""
    found: dict[str, Transfer] = {}
    reached = set(names)
    for _ in range(LONGEST_CHAIN):
        rows = _rows(reached, store, environment).exclude(event_id__in=found)
        new = [_transfer(revenuecat.read(bytes(row.body))) for row in rows[:MOST_TRANSFERS]]
        if not new:
            break
        found.update({transfer.event_id: transfer for transfer in new})
        reached.update(name for transfer in new for name in transfer.to_names)
    return list(found.values())


def _rows(names: set[str], store: str, environment: str) -> QuerySet[RevenueCatEvent]:
    applied = RevenueCatEvent.objects.filter(type="TRANSFER", outcome__in=(Outcome.APPLIED, Outcome.UNMATCHED))
    return applied.filter(
        names__overlap=sorted(names), store__in=("", store), environment__in=("", environment)
    ).order_by("id")


def _transfer(event: Event) -> Transfer:
    """To the first name that is a user's; when none is, to somebody who may come to be known."""
    to_user = customers.find(event.transferred_to)
    to_names = ((str(to_user.id),) if to_user else ()) + event.transferred_to
    return Transfer(event.event_at_ms, event.id, frozenset(_with_ids(event.transferred_from)), to_names)


def _with_ids(names: tuple[str, ...]) -> list[str]:
    """A name alone does not say that it is the same user's as another one."""
    users = (customers.find((name,)) for name in names)
    return [*names, *(str(user.id) for user in users if user)]
