"""T-02, T-09: what a script does a thousand times brings it nothing and costs us little."""

from collections.abc import Callable
from ipaddress import IPv4Address
from secrets import randbits
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.emoji.models import EmojiTask
from apps.points.models import PointTransaction, UserPoints
from tests.emoji.conftest import create, upload

LOGIN = {"platform": "ios", "app_version": "1.0.0"}


def test_a_new_account_is_worth_nothing(db: None, anonymous: APIClient) -> None:
    for number in range(20):
        anonymous.post("/api/v1/auth/login", LOGIN | {"device_id": f"script-{uuid4()}-{number}"}, format="json")
    assert User.objects.count() == 20
    assert not PointTransaction.objects.exists()


def test_a_thousand_accounts_of_one_address_are_an_hours_hundred(db: None, anonymous: APIClient, settings: Any) -> None:
    """Another X-Forwarded-For each time is no other address."""
    settings.RATE_LIMITS_ENABLED, settings.RATE_LIMITS = True, {"login.address": "3/min+5/hour"}
    # One that no run before has used up.
    address = str(IPv4Address(0x0A000000 + randbits(24)))
    answers = [
        anonymous.post(
            "/api/v1/auth/login",
            LOGIN | {"device_id": f"script-{uuid4()}"},
            format="json",
            REMOTE_ADDR=address,
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        ).status_code
        for number in range(10)
    ]
    assert set(answers) == {201, 429}
    assert answers.count(201) <= 3


@pytest.mark.usefixtures("one_day")
def test_ordering_and_canceling_again_and_again_has_an_end_and_costs_nobody(
    app: APIClient, user: User, template: object, portrait: bytes, give_points: Callable[..., None]
) -> None:
    give_points(user, 1000)
    photo_id, answers = upload(app, portrait), []
    for _ in range(60):
        answers.append(order := create(app, photo_id))
        if order.status_code == 201:
            assert app.post(f"/api/v1/emoji/tasks/{order.json()['id']}/cancel").status_code == 200
    made = [answer.status_code for answer in answers].count(201)
    assert answers[-1].json()["code"] == "daily_limit_reached"
    assert EmojiTask.objects.filter(status="canceled", submit_sent_at=None).count() == made < 60
    assert UserPoints.objects.get(user=user).balance == 1000
