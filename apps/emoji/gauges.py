"""The state of emoji making: what waits, what is stuck, how much of the provider is used, what it costs today."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.utils import timezone

from apps.core import metrics
from apps.core.metrics import Labels
from apps.emoji import availability, breaker, budgets, provider_accounts, spending
from apps.emoji.budgets import Call
from apps.emoji.endings import STUCK_AFTER
from apps.emoji.models import EmojiTask, Stage, Status

MOST_COUNTED = 10_000


@metrics.state("pk_tasks_open", "Emoji tasks that have not ended", ["status"])
def open_tasks() -> dict[Labels, float]:
    counted = EmojiTask.objects.open().order_by().values_list("status").annotate(Count("id"))
    return {(Status.QUEUED,): 0, (Status.PROCESSING,): 0} | {(status,): number for status, number in counted}


@metrics.state("pk_queue_oldest_seconds", "How long the one that waits longest has been waiting, by queue", ["queue"])
def queue_oldest() -> dict[Labels, float]:
    return {("emoji",): _age(EmojiTask.objects.filter(status=Status.QUEUED), "created_at")}


@metrics.state("pk_outbox_pending", "Emoji tasks whose next step is due and whose bell has not rung")
def outbox() -> dict[Labels, float]:
    return {(): _unrung()[:MOST_COUNTED].count()}


@metrics.state("pk_outbox_oldest_seconds", "How long the oldest of them has been due")
def outbox_oldest() -> dict[Labels, float]:
    return {(): _age(_unrung(), "next_step_at")}


@metrics.state("pk_tasks_stuck", "Emoji tasks that nobody works on although they are long due, or past their end")
def stuck() -> dict[Labels, float]:
    long_due = EmojiTask.objects.due().filter(next_step_at__lt=Now() - STUCK_AFTER)
    begun = long_due.exclude(status=Status.QUEUED)
    too_late = timedelta(seconds=settings.EMOJI_LONGEST_WAIT_SECONDS) + STUCK_AFTER
    never_begun = long_due.filter(status=Status.QUEUED, created_at__lt=Now() - too_late)
    overdue = EmojiTask.objects.open().filter(deadline_at__lt=Now() - STUCK_AFTER)
    return {(): (begun | never_begun | overdue)[:MOST_COUNTED].count()}


@metrics.state("pk_provider_account_out", "1 while an account at the provider is left alone", ["account", "fault"])
def accounts_out() -> dict[Labels, float]:
    names = [account.name for account in provider_accounts.configured()]
    outages = breaker.outages(names)
    return {(name, outages[name].fault if name in outages else "none"): 1 if name in outages else 0 for name in names}


@metrics.state("pk_provider_places", "Emoji that an account may have at the provider at once", ["account"])
def places() -> dict[Labels, float]:
    return {(one.name,): one.limits.places for one in provider_accounts.configured() if one.limits}


@metrics.state("pk_provider_places_taken", "Emoji that an account has at the provider", ["account"])
def places_taken() -> dict[Labels, float]:
    rows = EmojiTask.objects.at_the_provider().exclude(provider_account="").order_by()
    taken = dict(rows.values_list("provider_account").annotate(Count("id")))
    return {(one.name,): taken.get(one.name, 0) for one in provider_accounts.configured()}


@metrics.state(
    "pk_dashscope_budget_used", "Share of its calls that an account has used just now, 0 to 1", ["account", "op"]
)
def budget_used() -> dict[Labels, float]:
    used: dict[Labels, float] = {}
    for account in provider_accounts.configured():
        if account.limits:
            limits = account.limits
            per_second = {
                Call.DETECTION: limits.detections,
                Call.SUBMISSION: limits.submissions,
                Call.LOOK_UP: limits.look_ups,
            }
            used |= {(account.name, call): budgets.used(account.name, call, rate) for call, rate in per_second.items()}
    return used


@metrics.state("pk_generation_paused", "1 while nothing is sold, by reason", ["reason"])
def paused() -> dict[Labels, float]:
    pause = availability.generation_pause()
    return {(reason,): float(pause is not None and pause.reason == reason) for reason in availability.REASONS}


@metrics.state("pk_spend_cny", "What today's emoji cost at the provider, CNY since midnight UTC")
def spent() -> dict[Labels, float]:
    return {(): float(spending.committed())}


@metrics.state("pk_spend_cap_cny", "What may be spent in a day, CNY; 0: no cap")
def cap() -> dict[Labels, float]:
    return {(): float(settings.EMOJI_DAILY_CAP_CNY)}


@metrics.state("pk_submissions_repeated", "Emoji tasks of the last day whose submission was lost and sent again")
def repeated() -> dict[Labels, float]:
    recent = EmojiTask.objects.filter(completed_at__gt=Now() - timedelta(days=1), status=Status.SUCCEEDED)
    return {(): recent.filter(submit_no__gt=1)[:MOST_COUNTED].count()}


def _unrung() -> Any:
    """Begun ones. The others wait for a place at the provider, and are rung when there is one."""
    due = EmojiTask.objects.due().exclude(status=Status.QUEUED).exclude(stage=Stage.GENERATING)
    return due.filter(Q(rung_at=None) | Q(rung_at__lt=Now() - timedelta(seconds=30)))


def _age(rows: Any, column: str) -> float:
    oldest: datetime | None = rows.aggregate(oldest=Min(column))["oldest"]
    return max((timezone.now() - oldest).total_seconds(), 0.0) if oldest else 0.0
