"""A document is taken whole or refused whole, and a refusal names every bad key."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.json_media import dumps
from apps.remoteconfig.document import LARGEST_BYTES, InvalidConfig, cleaned, parse, read
from apps.remoteconfig.packaged import DEFAULTS
from apps.remoteconfig.schema import KEYS

PREDECESSORS = {
    "banners": [{"image": "https://example.com/1.png"}],
    "styles": [{"category": "mengwa", "templates": [{"driven_id": "a", "name": "Happy", "preview_url": ""}]}],
    "points_rules": {"emoji": 200},
    "weekly_reward": {"weekly": 2000, "lifetime": 3000, "timezone": "UTC"},
    "vip_products": {"weekly_001": "weekly", "lifetime_001": "lifetime"},
    "points_packs": {"points_1000": 1000, "points_3000": 3000, "points_10000": 10000},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def problems_of(document: Any) -> dict[str, str]:
    with pytest.raises(InvalidConfig) as refusal:
        read(document)
    return {problem.key: problem.sentence for problem in refusal.value.problems}


def test_the_predecessors_document_is_accepted_unchanged() -> None:
    document = parse(json.dumps(PREDECESSORS).encode())
    assert document.ignored == ()
    assert document.values["vip_products"] == PREDECESSORS["vip_products"]
    assert cleaned(document.values)["vip_products"]["weekly_001"] == {"plan": "weekly", "entitlement": "vip"}


def test_the_packaged_document_names_every_key() -> None:
    assert DEFAULTS.keys() == {key.path for key in KEYS}


def test_every_bad_key_is_named_with_a_sentence() -> None:
    problems = problems_of(
        {
            "points_rules": {"emoji": 0},
            "weekly_reward": {"weekly": -5, "timezone": "Asia/Shanghai"},
            "points_packs": {"good": 5, "bad": "many"},
            "maintenance": "yes",
            "links": {"privacy": "http://example.com"},
        }
    )
    assert problems["points_rules.emoji"] == (
        "points_rules.emoji must be a whole number of points from 1 to 2000000000, not 0"
    )
    assert problems["maintenance"] == "maintenance must be an object, not 'yes'"
    assert problems.keys() == {
        "points_rules.emoji",
        "weekly_reward.weekly",
        "weekly_reward.timezone",
        "points_packs.bad",
        "maintenance",
        "links.privacy",
    }


@pytest.mark.parametrize("points", [0, -1, None, 1.5, True, "200", 2_000_000_001, [], {}, {"points": 0}], ids=str)
def test_no_price_can_become_anything_but_points_above_zero(points: Any) -> None:
    assert problems_of({"points_rules": {"emoji": points}})
    assert problems_of({"points_packs": {"pack": points}})
    assert problems_of({"weekly_reward": {"lifetime": points}})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"\xff\xfe",
        b'{"banners": ["\\ud800"]}',
        b'{"banners": [NaN]}',
        b'{"banners": ["a\\u0000b"]}',
        b'{"features": {"a\\u0000b": true}}',
        b'{"nobody knows": "\\\\\\u0000"}',
        b'{"banners": ' + b"[" * 500 + b"]" * 500 + b"}",
        b" " * (LARGEST_BYTES + 1),
    ],
    ids=lambda content: repr(content[:20]),
)
def test_what_is_no_document_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidConfig):
        parse(content)


def test_a_text_about_a_character_is_not_the_character() -> None:
    assert parse(rb'{"banners": ["\\u0000"]}').values == {"banners": [r"\u0000"]}


def test_keys_nobody_knows_are_ignored_and_told() -> None:
    document = read({"secret": "s", "points_rules": {"emoji": 100, "emojii": 5}})
    assert document.ignored == ("points_rules.emojii", "secret")
    assert document.values == {"points_rules.emoji": 100}


@given(st.sampled_from(KEYS), JSON)
def test_whatever_is_accepted_can_be_used_and_written(key: Any, value: Any) -> None:
    document: Any = value
    for name in reversed(key.path.split(".")):
        document = {name: document}
    with suppress(InvalidConfig):
        assert dumps(cleaned({**DEFAULTS, **read(document).values}))
