"""What the REST API told of a line: it does not tell which line a purchase is of, and a guess may be wrong."""

from django.db.models import Q

from apps.billing import lines, subscriptions
from apps.billing.lines import LineKey
from apps.billing.models import RevenueCatEvent
from apps.billing.subscription_fold import STEPS, fold
from apps.core.prepared_query import Given, PreparedQuery
from apps.remoteconfig.catalogue import Catalogue

Source = RevenueCatEvent.Source
MOST_GUESSES = 100

_OF_TRANSACTION = {name: Given(name) for name in ("store", "environment", "transaction_id")}
_NAMED: PreparedQuery[RevenueCatEvent] = PreparedQuery(
    lambda: (
        RevenueCatEvent.objects.filter(**_OF_TRANSACTION, source=Source.WEBHOOK, type__in=STEPS)
        .order_by("-id")
        .values_list("original_transaction_id")[:1]
    )
)
_TOLD_ELSEWHERE: PreparedQuery[RevenueCatEvent] = PreparedQuery(
    lambda: (
        RevenueCatEvent.objects.filter(**_OF_TRANSACTION, source=Source.SYNC)
        .filter(~Q(original_transaction_id=Given("named")))
        .values_list("original_transaction_id")
        .distinct()[:MOST_GUESSES]
    )
)


def adopt(row: RevenueCatEvent, offer: Catalogue) -> None:
    """What was told joins the line that a webhook names, whichever of them is applied first."""
    of_transaction = {name: getattr(row, name) for name in _OF_TRANSACTION}
    named = _named_line(row, of_transaction)
    if not named:
        return
    # A webhook may have moved it since it was read.
    row.original_transaction_id = named
    elsewhere = _TOLD_ELSEWHERE.rows(**of_transaction, named=named)
    left = [lines.key_of(row)._replace(original_transaction_id=name) for (name,) in elsewhere]
    if left:
        _gather(of_transaction, lines.key_of(row), left)
    for line in left:
        _leave(line, offer)


def _named_line(row: RevenueCatEvent, of_transaction: dict[str, str]) -> str:
    """Empty while no webhook has named it."""
    if row.source == Source.WEBHOOK:
        return row.original_transaction_id
    for (name,) in _NAMED.rows(**of_transaction):
        return str(name)
    return ""


def _gather(of_transaction: dict[str, str], key: LineKey, left: list[LineKey]) -> None:
    """Events are locked before lines: one of these may be in the hands of who waits for its line."""
    told = RevenueCatEvent.objects.filter(**of_transaction, source=Source.SYNC)
    list(told.select_for_update(no_key=True).order_by("id").values_list("id")[: lines.MOST_EVENTS])
    lines.hold(key, *left)
    told.update(original_transaction_id=key.original_transaction_id)


def _leave(key: LineKey, offer: Catalogue) -> None:
    """Some of its events are of another line; it may be none without them."""
    if fold(event for event in lines.events_of(key) if lines.gives_vip(event, offer)):
        lines.refold(key, offer)
    elif row := lines.SUBSCRIPTION.first(**key._asdict()):
        people = subscriptions.lock([row.user_id])
        row.delete()
        subscriptions.derive_vip(people)
