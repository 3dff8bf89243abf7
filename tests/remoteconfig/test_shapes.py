"""Values with parts are checked to their last part."""

from typing import Any

import pytest

from apps.remoteconfig.document import InvalidConfig, cleaned, read


def notice(**fields: Any) -> dict[str, Any]:
    return {"notices": [{"id": "n1", "level": "info", "text": "Hello", **fields}]}


def first_problem(document: Any) -> str:
    with pytest.raises(InvalidConfig) as refusal:
        read(document)
    return refusal.value.problems[0].sentence


def test_a_text_is_english_unless_it_says_more() -> None:
    assert cleaned(read(notice()).values)["notices"][0]["text"] == {"en": "Hello"}
    both = {"en": "Hello", "zh-Hans": "你好"}
    assert cleaned(read(notice(text=both)).values)["notices"][0]["text"] == both


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (notice(text={"ja": "x"}), "notices[0].text has no text in English (en)"),
        (notice(text={"en": "x", "English": "x"}), "notices[0].text names a language that is none: 'English'"),
        (notice(text=""), "notices[0].text.en must be text of 1 to 500 characters, not ''"),
        (notice(level="loud"), 'notices[0].level must be "info" or "warning" or "critical", not \'loud\''),
        ({"notices": [{"id": "n1", "level": "info"}]}, "notices[0].text is missing"),
        ({"notices": {}}, "notices must be a list of at most 20, not {}"),
        ({"notices": [5]}, "notices[0] must be an object, not 5"),
        ({"points_packs": {}}, "points_packs must be an object of 1 to 500 names"),
        ({"points_packs": {"": 5}}, "points_packs has a name that is not 1 to 200 characters: ''"),
        (
            {"points_packs": {"p": {"points": 5, "bonus_points": 5}}},
            "points_packs.p.bonus_points must be less than points",
        ),
        (
            {"points_packs": {"p": {"points": 5, "bonus_points": -1}}},
            "points_packs.p.bonus_points must be a whole number of points from 0 to 2000000000, not -1",
        ),
        ({"points_packs": {"p": {"bonus_points": 1}}}, "points_packs.p.points is missing"),
        ({"vip_products": {"p": {"entitlement": "vip"}}}, "vip_products.p.plan is missing"),
    ],
)
def test_the_part_that_does_not_fit_is_named(document: Any, sentence: str) -> None:
    assert first_problem(document) == sentence


def test_fields_of_the_app_are_kept() -> None:
    style = {"category": "c", "templates": [{"driven_id": "d", "preview_url": None}], "badge": "new"}
    assert cleaned(read({"styles": [style]}).values)["styles"] == [style]
