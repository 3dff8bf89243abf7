"""The newest key signs, all verify; a list that is wrong is refused without being told."""

from base64 import b64encode
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.accounts import signing_keys


def written(kid: str, secret: bytes) -> str:
    return f"{kid}:{b64encode(secret).decode()}"


def test_the_first_key_is_the_newest_and_all_are_found_by_name(settings: Any) -> None:
    settings.JWT_SIGNING_KEYS = [written("b", b"b" * 32), written("a", b"a" * 40)]
    assert signing_keys.newest().kid == "b"
    found = signing_keys.named("a")
    assert found is not None
    assert found.secret == b"a" * 40
    assert signing_keys.named("c") is None


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [""],
        ["no-name-at-all-but-a-long-text-that-is-secret"],
        [written("", b"a" * 32)],
        [written("a b", b"a" * 32)],
        ["a:this is no base64, and it is a secret"],
        [written("short", b"s" * 31)],
        [written("same", b"a" * 32), written("same", b"b" * 32)],
    ],
    ids=str,
)
def test_a_wrong_list_is_refused_and_not_quoted(settings: Any, keys: list[str]) -> None:
    settings.JWT_SIGNING_KEYS = keys
    with pytest.raises(ImproperlyConfigured) as refusal:
        signing_keys.newest()
    assert "secret" not in str(refusal.value)
