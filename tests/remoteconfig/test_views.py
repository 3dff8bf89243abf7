"""The app sees an allow-list of the configuration, logged in or not."""

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


def test_the_app_sees_prices_limits_and_products(anonymous: APIClient) -> None:
    answer = anonymous.get("/api/v1/config")
    body = answer.json()
    assert answer["Cache-Control"] == "public, max-age=60"
    assert body["points"]["default_cost"] == 200
    assert body["limits"]["upload"]["max_bytes"] == 10485760
    assert body["vip_products"] == {"weekly_001": "weekly", "lifetime_001": "lifetime"}
    assert body["limits"]["active_tasks"] == {"free": 2, "vip": 5}
    assert body["limits"]["daily_tasks"] == {"free": 50, "vip": 200}
    assert body["retention"] == {"input_hours": 24, "result_days": 30}
