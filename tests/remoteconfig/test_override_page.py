"""Staff set values over all other places: checked, explained, once per form, and undone with one click."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.remoteconfig import live, values
from apps.remoteconfig.models import ConfigRevision

HISTORY = "/admin/remoteconfig/configrevision/"
EMOJI = "points_rules.emoji"

pytestmark = pytest.mark.django_db


def form_of(desk: Client, key: str, value: str, **more: Any) -> dict[str, Any]:
    page = desk.get(f"{HISTORY}set/{key}/").content.decode()
    follows = re.search(r'name="follows" value="(\d+)"', page)
    assert follows
    return {"value": value, "reason": "A test", "follows": follows[1], **more}


def set_to(desk: Client, key: str, value: str, **more: Any) -> Any:
    return desk.post(f"{HISTORY}set/{key}/", form_of(desk, key, value, **more))


def undo(desk: Client, **more: Any) -> Any:
    revision = ConfigRevision.objects.latest("id")
    return desk.post(f"{HISTORY}undo/{revision.id}/", more)


def test_a_value_is_in_use_at_once_and_says_who_and_why(desk: Client, staff: User) -> None:
    assert set_to(desk, EMOJI, "150").status_code == 302
    assert values.current().emoji_cost == 150
    row = ConfigRevision.objects.get()
    assert (row.key, row.before, row.after) == (EMOJI, {"value": 200}, {"value": 150})
    assert (row.staff, row.reason, row.sequence) == (staff, "A test", 1)


@pytest.mark.parametrize("value", ["0", "-5", "null", '"150"', "1.5", "{", "", "2000000001"])
def test_a_value_that_does_not_fit_is_refused_on_the_form(desk: Client, value: str) -> None:
    answer = set_to(desk, EMOJI, value, confirmed="on")
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not ConfigRevision.objects.exists()


@pytest.mark.parametrize("text", [r"a\u0000b", r"\\\u0000"])
def test_a_character_that_the_database_cannot_keep_is_refused_on_the_form(desk: Client, text: str) -> None:
    assert "PostgreSQL cannot keep" in set_to(desk, "banners", f'["{text}"]').content.decode()
    assert set_to(desk, "banners", r'["\\u0000"]').status_code == 302


@pytest.mark.parametrize(("levels", "status"), [(253, 302), (254, 200)])
def test_a_value_is_as_deep_as_config_can_tell_it(desk: Client, anonymous: APIClient, levels: int, status: int) -> None:
    assert set_to(desk, "banners", "[" * levels + "]" * levels).status_code == status
    assert anonymous.get("/api/v1/config").status_code == 200


def test_a_leap_is_refused_until_it_is_confirmed(desk: Client) -> None:
    answer = set_to(desk, EMOJI, "2000")
    assert "would go from 200 to 2000 points: confirm it if you mean it." in answer.content.decode()
    assert values.current().emoji_cost == 200
    assert set_to(desk, EMOJI, "2000", confirmed="on").status_code == 302
    assert values.current().emoji_cost == 2000


def test_no_change_without_a_reason(desk: Client) -> None:
    assert set_to(desk, EMOJI, "150", reason=" ").status_code == 200
    assert not ConfigRevision.objects.exists()


def test_clicking_twice_changes_once_and_two_people_do_not_overwrite_each_other(desk: Client) -> None:
    form = form_of(desk, EMOJI, "150")
    desk.post(f"{HISTORY}set/{EMOJI}/", form)
    answer = desk.post(f"{HISTORY}set/{EMOJI}/", form | {"value": "170"})
    assert "Somebody has changed this key since you looked" in answer.content.decode()
    assert values.current().emoji_cost == 150


def test_one_click_undoes_and_another_redoes(desk: Client) -> None:
    set_to(desk, EMOJI, "150")
    set_to(desk, EMOJI, "100")
    seen = []
    for _ in range(2):
        assert undo(desk)["Location"] == HISTORY
        seen.append(values.current().emoji_cost)
    assert seen == [150, 100]
    assert ConfigRevision.objects.latest("id").reason.startswith("Undoes change 3: Undoes change 2: A test")


def test_undoing_the_first_change_gives_the_place_below_its_word_again(desk: Client) -> None:
    set_to(desk, EMOJI, "150")
    undo(desk)
    assert values.current().emoji_cost == 200
    assert live.places()[EMOJI] == "packaged"


def test_undoing_a_leap_must_be_confirmed_too(desk: Client) -> None:
    set_to(desk, EMOJI, "2000", confirmed="on")
    answer = undo(desk)
    assert "would go from 2000 to 200 points" in answer.content.decode()
    assert undo(desk, confirmed="on").status_code == 302
    assert values.current().emoji_cost == 200


def test_only_the_newest_change_of_a_key_can_be_undone(desk: Client) -> None:
    set_to(desk, EMOJI, "150")
    first = ConfigRevision.objects.get()
    set_to(desk, EMOJI, "100")
    answer = desk.post(f"{HISTORY}undo/{first.id}/")
    assert "Somebody has changed this key" in answer.content.decode()
    assert values.current().emoji_cost == 100


def test_an_override_is_taken_away(desk: Client) -> None:
    set_to(desk, EMOJI, "150")
    assert set_to(desk, EMOJI, "", takes_away="on").status_code == 302
    assert values.current().emoji_cost == 200
    assert ConfigRevision.objects.latest("id").is_removal


def test_a_price_for_vips_is_compared_with_what_all_pay(desk: Client) -> None:
    assert set_to(desk, "points_rules.emoji_vip", "150").status_code == 302
    assert set_to(desk, "points_rules.emoji_vip", "null").status_code == 302
    refused = set_to(desk, "points_rules.emoji_vip", "20").content.decode()
    assert "points_rules.emoji_vip would go from 200 to 20 points" in refused
    assert set_to(desk, "points_rules.emoji_vip", "20", confirmed="on").status_code == 302
    assert "would go from 20 to 200 points" in set_to(desk, "points_rules.emoji_vip", "null").content.decode()


def test_null_is_a_value_too(desk: Client) -> None:
    set_to(desk, "weekly_reward.expires_after_days", "30")
    set_to(desk, "weekly_reward.expires_after_days", "null")
    assert values.current().reward_lifetime is None
    assert live.places()["weekly_reward.expires_after_days"] == "staff"


@pytest.mark.parametrize(
    ("permissions", "status"), [((), 403), (("view",), 403), (("view", "add"), 302)], ids=["none", "view", "add"]
)
def test_changing_needs_a_permission(permissions: tuple[str, ...], status: int, desk: Client) -> None:
    helper = User.objects.create_user("helper", "a-long-password-here", is_staff=True)
    codenames = [f"{permission}_configrevision" for permission in permissions]
    helper.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    form = form_of(desk, EMOJI, "150")
    desk.force_login(helper)
    assert desk.post(f"{HISTORY}set/{EMOJI}/", form).status_code == status


def test_a_key_nobody_knows_has_no_page(desk: Client) -> None:
    assert desk.get(f"{HISTORY}set/secret/").status_code == 404
