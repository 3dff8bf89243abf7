"""How it goes at this moment. Every number is read from an index over few rows, or remembered for a minute."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Min
from django.utils import timezone

from apps.accounts.models import User
from apps.billing.models import RevenueCatEvent
from apps.core.models import InvariantRun
from apps.emoji import breaker, provider_accounts, spending
from apps.emoji.models import EmojiTask, Status, TaskReport

REMEMBERED_SECONDS = 60
IN_TROUBLE = (RevenueCatEvent.Outcome.FAILED, RevenueCatEvent.Outcome.UNMATCHED)


@dataclass(frozen=True, slots=True)
class Queue:
    """Open tasks, and since when the oldest of them has waited for its turn."""

    waiting: int
    in_the_making: int
    oldest_since: datetime | None


@dataclass(frozen=True, slots=True)
class Account:
    """Of the provider. `problem` is empty while it works."""

    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class Spending:
    """At the provider, today (UTC), in CNY. A cap of 0 is none."""

    committed: Decimal
    cap: Decimal


def queue() -> Queue:
    rows = EmojiTask.objects.open().order_by().values_list("status").annotate(Count("id"), Min("created_at"))
    found = {status: (number, oldest) for status, number, oldest in rows}
    waiting, oldest = found.get(Status.QUEUED, (0, None))
    return Queue(waiting, found.get(Status.PROCESSING, (0, None))[0], oldest)


def vips() -> int:
    def counted() -> int:
        return User.objects.vips(timezone.now()).count()

    return cache.get_or_set("backoffice:vips", counted, REMEMBERED_SECONDS) or 0


def events_in_trouble() -> dict[str, int]:
    """How many failed, and how many wait for whoever they speak of."""
    rows = RevenueCatEvent.objects.filter(outcome__in=IN_TROUBLE).order_by()
    return dict.fromkeys(map(str, IN_TROUBLE), 0) | dict(rows.values_list("outcome").annotate(Count("id")))


def open_reports() -> int:
    return TaskReport.objects.filter(is_handled=False).count()


def last_proof() -> InvariantRun | None:
    return InvariantRun.objects.order_by("-id").first()


def accounts() -> list[Account]:
    names = [account.name for account in provider_accounts.configured()]
    out = breaker.outages(names)
    return [Account(name, f"left alone: {out[name].fault}" if name in out else "") for name in names]


def spent_today() -> Spending:
    return Spending(spending.committed(), settings.EMOJI_DAILY_CAP_CNY)
