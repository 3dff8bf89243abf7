"""The app sees an allow-list of the configuration, logged in or not, whatever is away."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.remoteconfig import availability, live, overrides, values
from apps.remoteconfig.models import PointsPack
from apps.remoteconfig.overrides import Author, Change
from dev.fake_nacos import FakeNacos

CONFIG = "/api/v1/config"

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(settings: Any, tmp_path: Any, anonymous: APIClient) -> Callable[..., dict[str, Any]]:
    """What the app is told with a document in use."""

    def tell(document: Any, query: str = "", language: str = "") -> dict[str, Any]:
        (tmp_path / "config.json").write_text(json.dumps(document))
        settings.REMOTE_CONFIG_FILE = str(tmp_path / "config.json")
        live.refresh()
        body: dict[str, Any] = anonymous.get(CONFIG + query, headers={"Accept-Language": language}).json()
        return body

    return tell


def set_by_staff(staff: User, key: str, value: Any) -> None:
    change = Change(key, live.snapshot().values[key], value, {"value": value}, 0)
    overrides.apply(change, Author(staff.id, "For a test"))
    live.refresh()


def test_the_app_sees_prices_limits_and_products(anonymous: APIClient) -> None:
    body = anonymous.get(CONFIG).json()
    assert body["points"]["default_cost"] == 200
    assert body["points"]["refund_policy"] == {
        "user_input": "none",
        "provider": "none",
        "system": "none",
        "queued_cancel": "full",
    }
    assert body["limits"]["upload"]["max_bytes"] == 10485760
    assert body["limits"]["active_tasks"] == {"free": 2, "vip": 5}
    assert body["limits"]["daily_tasks"] == {"free": 50, "vip": 200}
    assert body["retention"] == {"input_hours": 24, "result_days": 30}
    assert body["vip_products"] == {"weekly_001": "weekly", "lifetime_001": "lifetime"}
    assert body["generation"] == {"available": True, "reason": None}
    assert (body["update"], body["maintenance"]["active"], body["notices"]) == ("none", False, [])


def test_it_is_exactly_what_the_api_description_names(anonymous: APIClient) -> None:
    schemas = json.loads(anonymous.get("/api/v1/openapi.json").content)["components"]["schemas"]
    assert anonymous.get(CONFIG).json().keys() == schemas["Config"]["properties"].keys()


def test_caches_are_told_what_they_may_do(anonymous: APIClient) -> None:
    answer = anonymous.get(CONFIG)
    assert answer["Cache-Control"] == "public, max-age=60, stale-if-error=86400"
    assert "Accept-Language" in answer["Vary"]
    assert answer["ETag"].startswith('"')


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_who_has_it_gets_304(anonymous: APIClient, form: str) -> None:
    etag = anonymous.get(CONFIG)["ETag"]
    answer = anonymous.get(CONFIG, headers={"If-None-Match": form.format(etag)})
    assert (answer.status_code, answer.content) == (304, b"")
    assert (answer["ETag"], answer["Cache-Control"].split(",")[0]) == (etag, "public")


def test_a_change_is_a_new_etag_and_version(anonymous: APIClient, staff: User) -> None:
    before = anonymous.get(CONFIG)
    set_by_staff(staff, "points_rules.emoji", 150)
    after = anonymous.get(CONFIG, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after.json()["version"] != before.json()["version"]
    assert (before.json()["updated_at"], after.json()["updated_at"][-1]) == (None, "Z")


@pytest.mark.parametrize(
    ("query", "update"),
    [
        ("?platform=ios&version=1.1.9", "required"),
        ("?platform=ios&version=1.2", "available"),
        ("?platform=ios&version=1.5.0", "none"),
        ("?platform=ios&version=nonsense", "none"),
        ("?platform=android&version=0.1", "none"),
        ("?platform=symbian&version=0.1", "none"),
        ("", "none"),
    ],
)
def test_an_old_app_is_told_to_update(told: Callable[..., dict[str, Any]], query: str, update: str) -> None:
    document = {"app": {"ios": {"min_version": "1.2.0", "latest_version": "1.5.0", "store_url": "https://a.example/a"}}}
    assert told(document, query)["update"] == update


def test_an_app_is_never_told_to_ask_more_seldom_than_at_most(told: Callable[..., dict[str, Any]]) -> None:
    assert told({"polling": {"min_ms": 20_000}})["polling"] == {"min_ms": 20_000, "max_ms": 20_000}


def test_messages_are_in_the_readers_language(told: Callable[..., dict[str, Any]]) -> None:
    texts = {"en": "Back soon", "zh-Hans": "马上回来"}
    document = {
        "maintenance": {"active": True, "message": texts, "until": "2026-12-01T10:00:00+08:00"},
        "notices": [{"id": "n1", "level": "warning", "text": texts, "internal": "not for the app"}],
    }
    body = told(document, language="zh-CN,zh;q=0.9")
    assert body["maintenance"] == {"active": True, "message": "马上回来", "until": "2026-12-01T02:00:00.000Z"}
    assert body["notices"] == [{"id": "n1", "level": "warning", "text": "马上回来"}]
    assert told(document, language="de")["notices"][0]["text"] == "Back soon"


def test_no_key_that_is_not_on_the_list_can_appear(told: Callable[..., dict[str, Any]]) -> None:
    document = {
        "secret": "hunter2",
        "points_rules": {"secret": "hunter2"},
        "vip_products": {"weekly_001": {"plan": "weekly", "secret": "hunter2"}},
        "points_packs": {"points_1000": {"points": 1000, "secret": "hunter2"}},
    }
    assert "hunter2" not in json.dumps(told(document))


def test_packs_of_staff_are_among_them(anonymous: APIClient) -> None:
    PointsPack.objects.create(product_id="points_500", points=500)
    live.refresh()
    assert anonymous.get(CONFIG).json()["points_packs"]["points_500"] == 500


def test_it_is_told_without_asking_the_database(anonymous: APIClient, staff: User) -> None:
    set_by_staff(staff, "points_rules.emoji", 150)
    anonymous.get(CONFIG)
    with CaptureQueriesContext(connection) as queries:
        assert anonymous.get(CONFIG).json()["points"]["default_cost"] == 150
    assert len(queries) == 0


def test_a_request_sees_one_version_throughout(nacos: FakeNacos, anonymous: APIClient, look: Any) -> None:
    """The values change while a request is under way: availability is asked in the midst of it."""
    seen = []

    def change_meanwhile() -> availability.Availability:
        before = values.current().emoji_cost
        nacos.publish({"points_rules": {"emoji": 150}})
        look()
        seen.append((before, values.current().emoji_cost))
        return availability.AVAILABLE

    availability.register(change_meanwhile)
    try:
        assert anonymous.get(CONFIG).json()["points"]["default_cost"] == 200
    finally:
        availability.forget(change_meanwhile)
    assert seen == [(200, 200)]
    assert anonymous.get(CONFIG).json()["points"]["default_cost"] == 150
