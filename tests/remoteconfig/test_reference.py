"""The page about the keys says what the schema says."""

from apps.remoteconfig.packaged import DEFAULTS
from apps.remoteconfig.reference import rendered
from apps.remoteconfig.schema import KEYS
from dev.project import ROOT


def test_the_page_is_current() -> None:
    page = (ROOT / "docs" / "remote-config.md").read_text(encoding="utf-8")
    assert page == rendered(DEFAULTS), "run: make remote-config-reference"


def test_every_key_is_on_it() -> None:
    page = rendered(DEFAULTS)
    assert [key.path for key in KEYS if f"- `{key.path}` — {key.meaning}." not in page] == []
