"""The expressions, as anybody sees them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import vip
from apps.accounts.models import User
from apps.accounts.vip import Vip
from apps.emoji.models import EmojiTemplate
from apps.points.models import UserPoints
from tests.conftest import at
from tests.emoji.conftest import create

TEMPLATES = "/api/v1/emoji/templates"


@pytest.fixture
def cheaper_for_vips(configure: Callable[..., None]) -> None:
    configure(points_rules={"emoji": 200, "emoji_vip": 150})


def test_both_prices_are_told(anonymous: APIClient, template: EmojiTemplate, cheaper_for_vips: None) -> None:
    items = anonymous.get(TEMPLATES).json()["items"]
    assert {(item["cost_points"], item["vip_cost_points"], item["vip_only"]) for item in items} == {(200, 150, False)}


def test_the_price_told_is_the_price_charged(app: APIClient, rich: User, photo_id: str, cheaper_for_vips: None) -> None:
    assert create(app, photo_id).json()["points"]["charged"] == 200
    vip.write(rich.id, Vip(is_lifetime=True))
    assert create(app, photo_id).json()["points"]["charged"] == 150
    assert UserPoints.objects.get(user=rich).balance == 650


def test_who_has_the_list_gets_304_until_it_changes(anonymous: APIClient, template: EmojiTemplate) -> None:
    first = anonymous.get(TEMPLATES)
    assert first["Cache-Control"] == "public, max-age=300"
    assert "Accept-Language" in first["Vary"]
    assert first["ETag"].startswith('"')
    known = {"If-None-Match": first["ETag"]}
    assert anonymous.get(TEMPLATES, headers=known).status_code == 304
    EmojiTemplate.objects.filter(id=template.id).update(name="Joyful")
    changed = anonymous.get(TEMPLATES, headers=known)
    assert (changed.status_code, changed["ETag"] != first["ETag"]) == (200, True)


def test_what_is_known_of_its_clips_length_is_told(anonymous: APIClient, template: EmojiTemplate) -> None:
    assert anonymous.get(f"{TEMPLATES}/mengwa_kaixin").json()["duration_ms"] is None
    EmojiTemplate.objects.filter(id=template.id).update(duration_ms=3400)
    assert anonymous.get(f"{TEMPLATES}/mengwa_kaixin").json()["duration_ms"] == 3400
    with pytest.raises(IntegrityError):
        EmojiTemplate.objects.filter(id=template.id).update(duration_ms=0)


def test_what_is_new_is_so_until_its_last_day_is_over_and_then_the_answer_is_another(
    anonymous: APIClient, template: EmojiTemplate
) -> None:
    EmojiTemplate.objects.create(driven_id="old_hat", name="Old hat", category="hats")
    EmojiTemplate.objects.filter(id=template.id).update(new_until=date(2027, 1, 31))
    with at(datetime(2027, 1, 31, 23, 50, tzinfo=UTC)):
        new = anonymous.get(TEMPLATES)
    with at(datetime(2027, 2, 1, tzinfo=UTC)):
        old = anonymous.get(TEMPLATES, headers={"If-None-Match": new["ETag"]})
    assert [new_of(answer, "mengwa_kaixin") for answer in (new, old)] == [True, False]
    assert not new_of(new, "old_hat")
    with at(datetime(2027, 2, 2, tzinfo=UTC)):
        assert anonymous.get(TEMPLATES, headers={"If-None-Match": old["ETag"]}).status_code == 304


def new_of(answer: Any, name: str) -> bool:
    return bool({item["id"]: item["is_new"] for item in answer.json()["items"]}[name])


def test_what_staff_add_is_new_for_a_month_unless_they_say_otherwise(staff: User, anonymous: APIClient) -> None:
    desk = Client()
    desk.force_login(staff)
    page = "/admin/emoji/emojitemplate/add/"
    form = desk.get(page).context["adminform"].form
    month = timezone.now().date() + timedelta(days=30)
    assert form.initial["new_until"] == month
    filled = {"driven_id": "another", "name": "Another", "names": "{}", "category": "new", "sort": 0, "is_active": "on"}
    added = desk.post(page, filled | {"new_until": month.isoformat(), "audit_reason": "A test"})
    assert (added.status_code, anonymous.get(f"{TEMPLATES}/another").json()["is_new"]) == (302, True)


@pytest.mark.parametrize(
    ("language", "name"), [("zh-CN", "开心"), ("ja", "うれしい"), ("de", "Happy"), ("es-MX", "Feliz")]
)
def test_an_expression_is_named_in_the_readers_language(
    app: APIClient, rich: User, photo_id: str, language: str, name: str
) -> None:
    EmojiTemplate.objects.update(names={"zh-Hans": "开心", "ja": "うれしい", "es": "Feliz"})
    speaks = {"Accept-Language": language}
    (listed,) = [item for item in app.get(TEMPLATES, headers=speaks).json()["items"] if item["id"] == "mengwa_kaixin"]
    one = app.get(f"{TEMPLATES}/mengwa_kaixin", headers=speaks).json()
    task_id = create(app, photo_id).json()["id"]
    task = app.get(f"/api/v1/emoji/tasks/{task_id}", headers=speaks).json()
    assert [listed["name"], one["name"], task["template"]["name"]] == [name] * 3


def test_a_new_expression_has_its_english_name_everywhere(anonymous: APIClient, db: None) -> None:
    EmojiTemplate.objects.create(driven_id="another", name="Another", category="new")
    assert anonymous.get(f"{TEMPLATES}/another", headers={"Accept-Language": "ko"}).json()["name"] == "Another"


def test_the_list_can_be_of_one_category(anonymous: APIClient, template: EmojiTemplate) -> None:
    EmojiTemplate.objects.create(driven_id="another", name="Another", category="only one")
    items = anonymous.get(TEMPLATES, {"category": "only one"}).json()["items"]
    assert [item["id"] for item in items] == ["another"]
    assert anonymous.get(TEMPLATES, {"category": "nothing"}).json()["items"] == []


def test_a_retired_template_is_not_listed(anonymous: APIClient, template: EmojiTemplate) -> None:
    EmojiTemplate.objects.exclude(id=template.id).update(is_active=False)
    assert [item["id"] for item in anonymous.get(TEMPLATES).json()["items"]] == ["mengwa_kaixin"]


def test_one_template_is_found_by_its_name(anonymous: APIClient, template: EmojiTemplate) -> None:
    first = anonymous.get(f"{TEMPLATES}/mengwa_kaixin")
    assert (first.json()["id"], first.json()["cost_points"]) == ("mengwa_kaixin", 200)
    again = anonymous.get(f"{TEMPLATES}/mengwa_kaixin", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


def test_an_unknown_or_retired_template_is_told(anonymous: APIClient, template: EmojiTemplate) -> None:
    assert anonymous.get(f"{TEMPLATES}/nothing").json()["code"] == "template_not_found"
    EmojiTemplate.objects.update(is_active=False)
    answer = anonymous.get(f"{TEMPLATES}/mengwa_kaixin")
    assert (answer.status_code, answer.json()["code"]) == (410, "template_retired")


def test_an_expression_for_vips_is_for_vips(
    app: APIClient, rich: User, photo_id: str, template: EmojiTemplate, anonymous: APIClient
) -> None:
    EmojiTemplate.objects.filter(id=template.id).update(is_vip_only=True)
    assert anonymous.get(f"{TEMPLATES}/mengwa_kaixin").json()["vip_only"] is True
    answer = create(app, photo_id)
    assert (answer.status_code, answer.json()["code"]) == (403, "vip_required")
    assert answer.json()["params"] == {"template_id": "mengwa_kaixin"}
    vip.write(rich.id, Vip(is_lifetime=True))
    assert create(app, photo_id).status_code == 201
