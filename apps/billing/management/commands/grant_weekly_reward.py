"""What beat does every hour, by hand; and the only way to grant a week that is over, to who was VIP when it was due."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.progress import track

from apps.billing import late_rewards
from apps.points import left_rewards, reward_week, weekly_reward
from apps.points.reward_week import RewardWeek


class Command(BaseCommand):
    help = "Grant the weekly reward to every VIP who has not got it yet; harmless when repeated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--week", default="", help="like 2026-W48; by default the week that was due last")
        parser.add_argument("--dry-run", action="store_true", help="only tell how many would get it")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        week = _week(options["week"], now)
        is_past = week != reward_week.due(now)
        due = late_rewards.count_past(week) if is_past else weekly_reward.count_due(week)
        self.stdout.write(f"{week.label}: {due} VIPs have not got it yet")
        if options["dry_run"]:
            return
        done_at = weekly_reward.completed_at(week)
        if done_at and not left_rewards.users(week):
            self.stdout.write(f"{week.label} was done at {done_at:%Y-%m-%d %H:%M} UTC; nobody gets it now")
            return
        granted = left_rewards.grant(week)
        if not done_at:
            granted += late_rewards.grant_past(week) if is_past else _granted(week, due)
        self._tell(week, granted)

    def _tell(self, week: RewardWeek, granted: int) -> None:
        self.stdout.write(self.style.SUCCESS(f"{week.label}: granted to {granted}"))
        if left := left_rewards.users(week):
            self.stdout.write(f"left until their balances are repaired: {', '.join(map(str, left))}")


def _granted(week: RewardWeek, due: int) -> int:
    granted = 0
    for progress in track(weekly_reward.grant(week), "Granting", total=-(-due // weekly_reward.BATCH)):
        granted = progress.granted
    return granted


def _week(label: str, now: datetime) -> RewardWeek:
    try:
        week = reward_week.named(label) if label else reward_week.due(now)
    except ValueError as error:
        raise CommandError(str(error)) from error
    if week.due_at > now:
        raise CommandError(f"{week.label} is not due before {week.due_at:%Y-%m-%d %H:%M} UTC")
    return week
