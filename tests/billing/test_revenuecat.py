"""Whatever is in a body, reading it ends in an Event or in one known refusal."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.billing.revenuecat import Event, read
from tests.conftest import PAYLOADS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = sorted(
    {name for path in (PAYLOADS / "revenuecat").glob("*.json") for name in json.loads(path.read_text())["event"]}
)


@pytest.mark.parametrize("path", sorted((PAYLOADS / "revenuecat").glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_of_the_vendor_is_read(path: Any) -> None:
    event = read(path.read_bytes())
    assert event.type == path.stem.partition(".")[0]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_fields_of_any_type_are_read_or_empty(fields: dict[str, Any]) -> None:
    body = json.dumps({"event": {**fields, "id": "E", "type": "RENEWAL"}}).encode()
    event = read(body)
    assert isinstance(event, Event)
    assert "\x00" not in repr(event)


def test_the_surest_id_of_a_customer_comes_first_and_none_twice() -> None:
    ids = {"app_user_id": "a", "original_app_user_id": "b", "aliases": ["b", "c", None, 5]}
    assert read(json.dumps({"event": {"id": "E", "type": "T", **ids}}).encode()).customer_ids == ("a", "b", "c")
