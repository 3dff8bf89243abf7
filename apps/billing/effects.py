"""What each type of event does, by RevenueCat's name of it (vendor: event types, and the decision table)."""

from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from apps.accounts.models import User
from apps.billing import adoption, customers, late_rewards, lines, revenuecat, transfers
from apps.billing.models import RevenueCatEvent
from apps.billing.revenuecat import Event
from apps.billing.subscription_fold import STEPS
from apps.core.prepared_query import Given, PreparedUpdate
from apps.remoteconfig import catalogue
from apps.remoteconfig.catalogue import Catalogue

Outcome = RevenueCatEvent.Outcome

# They teach names of a customer, which every event does; else they do nothing.
ABOUT_NAMES = ("SUBSCRIBER_ALIAS", "PURCHASE_REDEEMED")
UNUSED = {
    "TEST": "a test from the dashboard",
    "INVOICE_ISSUANCE": "an unpaid invoice",
    "VIRTUAL_CURRENCY_TRANSACTION": "points are kept here, not by RevenueCat",
    "EXPERIMENT_ENROLLMENT": "an experiment",
    "PRICE_INCREASE_CONSENT_REQUIRED": "a price question",
    "PRICE_INCREASE_CONSENT_APPROVED": "a price question",
}
# Sent at each opening of an app; not worth a row.
NOT_STORED_PREFIX = "PAYWALL_"

NOTED = ("user_id", "names", "outcome", "reason", "traceback", "next_try_at", "updated_at")
_NOTED = PreparedUpdate(lambda: RevenueCatEvent.objects.filter(id=Given("id")), **{name: Given(name) for name in NOTED})


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    reason: str = ""


APPLIED = Verdict(Outcome.APPLIED)


def apply(row: RevenueCatEvent) -> int:
    """Bring everything the event touches in step with it; repeated, it changes nothing.

    Returns how many other events it made due. The caller's transaction holds the row.
    """
    event = revenuecat.read(bytes(row.body))
    if event.type == "TRANSFER":
        _transfer(row, event)
        return 0
    if event.type not in STEPS and event.type not in ABOUT_NAMES:
        # It has facts about its user too, which are erased with them.
        _note(row, customers.find(event.customer_ids), Verdict(Outcome.IGNORED, UNUSED.get(event.type, "unknown type")))
        return 0
    user, woken = customers.find_and_learn(event.customer_ids)
    offer = catalogue.current()
    verdict = _verdict(event, user, offer)
    _note(row, user, verdict)
    if event.type in STEPS and verdict.outcome != Outcome.IGNORED and event.transaction_id:
        adoption.adopt(row, offer)
        lines.refold(lines.key_of(row), offer, user)
        late_rewards.make_up(lines.key_of(row), event, offer)
    return woken


def _verdict(event: Event, user: User | None, offer: Catalogue) -> Verdict:
    if user is None:
        return Verdict(Outcome.UNMATCHED, "no such user")
    return _verdict_on_line(event, user, offer) if event.type in STEPS else APPLIED


def _verdict_on_line(event: Event, user: User, offer: Catalogue) -> Verdict:
    if settings.PRODUCTION and event.environment != "PRODUCTION" and not user.is_tester:
        return Verdict(Outcome.IGNORED, "sandbox")
    if event.type == "TEMPORARY_ENTITLEMENT_GRANT" and event.expires_at_ms is None:
        return Verdict(Outcome.IGNORED, "lends access to no date")
    if not event.transaction_id:
        return Verdict(Outcome.UNMATCHED, "no transaction id")
    if not lines.is_known(event, offer):
        return Verdict(Outcome.UNMATCHED, "unknown product")
    return APPLIED


def _transfer(row: RevenueCatEvent, event: Event) -> None:
    customers.hold(event.names)
    transfers.let_nobody_else_in()
    row.names = transfers.found_in(event)
    user = customers.find(event.transferred_to)
    _note(row, user, APPLIED if user else Verdict(Outcome.UNMATCHED, "no such user to transfer to"))
    offer = catalogue.current()
    for line in transfers.moved_lines(event):
        lines.refold(lines.key_of(line), offer)


def _note(row: RevenueCatEvent, user: User | None, verdict: Verdict) -> None:
    """Before what it leads to, which reads the stored events."""
    row.user = user
    row.outcome, row.reason, row.traceback, row.next_try_at = verdict.outcome, verdict.reason, "", None
    row.updated_at = timezone.now()
    _NOTED.run(id=row.id, **{name: getattr(row, name) for name in NOTED})
