"""Points are counted when they have moved for good."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.points import weekly_reward
from apps.points.reward_week import named
from tests.points.test_weekly_reward import new_vip as new_vip
from tests.scrape import Moved


def test_a_change_counts_by_its_kind_and_size(
    user: User, give_points: Callable[..., None], django_capture_on_commit_callbacks: Any
) -> None:
    moved = Moved()
    with django_capture_on_commit_callbacks(execute=True):
        give_points(user, 300)
    assert moved.by("pk_points_total", type="promo") == 300


def test_a_change_that_was_rolled_back_never_counts(
    user: User, give_points: Callable[..., None], django_capture_on_commit_callbacks: Any
) -> None:
    moved = Moved()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        give_points(user, 300)
        transaction.set_rollback(True)
    assert moved.by("pk_points_total") == 0


def test_a_weeks_reward_counts_what_was_given_and_only_once(
    new_vip: Callable[..., User], django_capture_on_commit_callbacks: Any
) -> None:
    new_vip(), new_vip(lifetime=True)
    moved = Moved()
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            list(weekly_reward.grant(named("2026-W48")))
    assert moved.by("pk_points_total", type="weekly_reward") == 5000
