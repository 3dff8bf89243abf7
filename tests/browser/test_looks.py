"""Pages that staff use, as they look: nothing hangs over, nothing breaks, nothing comes from another host."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.backoffice.models import DailyFigures
from apps.core.models import InvariantRun
from apps.emoji.models import EmojiTask

Look = Callable[[str, str], None]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def busy_weeks() -> None:
    chance = random.Random(7)
    for back in range(1, 90):
        DailyFigures.objects.create(
            day=timezone.now().date() - timedelta(days=back),
            tasks={"succeeded": chance.randint(700, 1900), "failed": chance.randint(5, 90), "canceled": 20},
            points={
                "purchase": [40, chance.randint(100_000, 400_000)],
                "spend": [1500, -chance.randint(150_000, 380_000)],
                "refund": [9, 1800],
            },
            sales=[sale("points_1000", "USD", 99), sale("points_1000", "CNY", 20), sale("vip_weekly", "EUR", 31)],
            refunds=[sale("points_1000", "USD", 1)],
            counted_at=timezone.now(),
        )


def sale(product: str, currency: str, orders: int) -> dict[str, Any]:
    price = f"{orders * 4.99:.2f}"
    return {
        "product_id": product,
        "environment": "PRODUCTION",
        "currency": currency,
        "orders": orders,
        "price": price,
    }


def test_the_dashboard(look: Look, task: EmojiTask, busy_weeks: None) -> None:
    InvariantRun.objects.create(checked=[], broken={}, took_ms=5)
    look("/admin/?days=90", "dashboard")


def test_lists_and_forms(look: Look, user: User) -> None:
    look("/admin/accounts/user/", "users")
    look(f"/admin/accounts/user/{user.id}/change/", "user")
    look(f"/admin/points/userpoints/adjust/{user.id}/", "adjust")
    look("/admin/remoteconfig/configrevision/", "config")
    look("/admin/remoteconfig/configrevision/set/points_rules.emoji/", "set-value")
    look("/admin/django_celery_beat/periodictask/add/", "schedule")
