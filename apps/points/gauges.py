"""The state of points: does the ledger prove the balances, and was the week's reward given?"""

from django.db.models import Max
from django.utils import timezone

from apps.core import metrics
from apps.core.metrics import Labels
from apps.core.models import InvariantRun
from apps.points import reward_week
from apps.points.models import WeeklyRewardRun

# A balance is the sum of its rows, and each row goes on from the one before.
PROOFS = ("I1", "I3")


@metrics.state(
    "pk_ledger_drift_users", "Balances or rows that the last nightly look could not prove; 20 of each at most"
)
def drift() -> dict[Labels, float]:
    last = InvariantRun.objects.order_by("-id").first()
    return {(): sum(len(last.broken[code]["rows"]) for code in PROOFS if code in last.broken)} if last else {}


@metrics.state(
    "pk_weekly_reward_last_success_timestamp", "When a week's reward was given to the last VIP, Unix time; 0: never"
)
def last_reward() -> dict[Labels, float]:
    done = WeeklyRewardRun.objects.aggregate(last=Max("completed_at"))["last"]
    return {(): done.timestamp() if done else 0}


@metrics.state(
    "pk_weekly_reward_late_seconds", "How long this week's reward has been due and is not given to everybody"
)
def reward_late() -> dict[Labels, float]:
    now = timezone.now()
    week = reward_week.due(now)
    done = WeeklyRewardRun.objects.filter(week=week.label, completed_at__isnull=False, left_user_ids=[]).exists()
    return {(): 0 if done else (now - week.due_at).total_seconds()}
