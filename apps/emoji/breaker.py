"""Whether an account works. After several failures in a row, or one that only the operator can mend, it is left alone;
then one call at a time finds out whether it works again (half-open). The state is a row, by the database's clock.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, F
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from structlog import get_logger

from apps.core.prepared_query import PreparedQuery, Row
from apps.emoji.models import ProviderHealth
from apps.emoji.provider import Fault

MOST_FAILURES = 5
# So long a process believes that no account fails: no longer than a call that was let through is on its way.
BELIEVED_SECONDS = 0.05
# Of all accounts: there are few.
_FAILING: PreparedQuery[ProviderHealth] = PreparedQuery(
    lambda: (
        ProviderHealth.objects.filter(failures__gt=0)
        .annotate(left=F("open_until") - Now())
        .values_list("account", "left", "fault")
    )
)

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outage:
    """An account that does not work: the seconds for which it is left alone, and whose fault it is.

    With none left it is time for a probe.
    """

    seconds: float
    fault: Fault


@dataclass(frozen=True, slots=True)
class Leave:
    """To call an account: after so many seconds, at once with 0. `is_failing` when its last call failed."""

    seconds: float
    is_failing: bool


def outages(accounts: Sequence[str]) -> dict[str, Outage]:
    found = ((account, left, fault) for account, left, fault in _failing() if account in accounts and left)
    return {account: Outage(max(left.total_seconds(), 0), Fault(fault)) for account, left, fault in found}


def is_any_failing() -> Exists:
    """For a query: whether `outages` has anything to look at."""
    return Exists(ProviderHealth.objects.filter(failures__gt=0))


def leave(account: str) -> Leave:
    """The one that finds the time of an account that is out to be up is the probe; the others wait for its outcome."""
    failing = {name: left for name, left, _ in _failing()}
    left = failing.get(account)
    if left is None:
        return Leave(0, account in failing)
    if left > timedelta():
        return Leave(left.total_seconds(), is_failing=True)
    probe = ProviderHealth.objects.filter(account=account, open_until__lte=Now())
    is_probe = probe.update(open_until=_next_probe())
    return Leave(0 if is_probe else float(settings.PROVIDER_PROBE_SECONDS), is_failing=True)


def works(account: str) -> None:
    """It has answered."""
    failing = ProviderHealth.objects.filter(account=account, failures__gt=0)
    if failing.update(failures=0, open_until=None, fault=Fault.NONE):
        log.info("the account at the provider works", account=account)


def fails(account: str, fault: Fault, raw: str) -> float:
    """It has not. The seconds for which it is left alone now; 0 while that may have been an accident."""
    row, _ = ProviderHealth.objects.get_or_create(account=account)
    ProviderHealth.objects.filter(account=account).update(failures=F("failures") + 1, fault=fault)
    row.refresh_from_db()
    forget()
    if fault != Fault.ACCOUNT and row.failures < MOST_FAILURES:
        return 0
    log.error("the account at the provider is left alone for a while", account=account, fault=fault, raw=raw)
    ProviderHealth.objects.filter(account=account).update(open_until=_next_probe())
    return float(settings.PROVIDER_PROBE_SECONDS)


def forget() -> None:
    """That no account fails."""
    _belief.ends_at = 0.0


def _failing() -> Sequence[Row]:
    """That some do is not believed for a moment: whose turn it is to probe is told by the row alone."""
    asked_at = time.monotonic()
    if asked_at < _belief.ends_at:
        return ()
    rows = _FAILING.rows()
    _belief.ends_at = 0.0 if rows else asked_at + BELIEVED_SECONDS
    return rows


@dataclass(slots=True)
class _Belief:
    """Of this process, that no account fails."""

    ends_at: float = 0.0


_belief = _Belief()


def _next_probe() -> CombinedExpression:
    return Now() + timedelta(seconds=settings.PROVIDER_PROBE_SECONDS)
