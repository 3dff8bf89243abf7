"""The best text for a reader; English when there is none."""

import pytest

from apps.core.languages import best, wanted

TEXTS = {"en": "English", "zh-Hans": "简体", "zh-Hant": "繁體", "es": "Español"}


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("zh-CN", "简体"),
        ("zh-Hant-TW", "繁體"),
        ("zh-HK,en;q=0.5", "繁體"),
        ("es-MX", "Español"),
        ("de, es;q=0.5, en;q=0.1", "Español"),
        ("es;q=0", "English"),
        ("de", "English"),
        ("", "English"),
        (";;;,,", "English"),
        ("x" * 10_000, "English"),
    ],
)
def test_the_best_text(header: str, text: str) -> None:
    assert best(TEXTS, wanted(header)) == text


@pytest.mark.parametrize("tag", ["zh-CN", "zh-SG", "zh"])
@pytest.mark.parametrize("header", ["zh-CN", "zh-Hans", "zh-Hans-CN", "zh"])
def test_a_text_that_names_its_country_is_found_by_its_readers(tag: str, header: str) -> None:
    assert best({"en": "English", tag: "简体"}, wanted(header)) == "简体"


def test_a_text_that_names_its_script_is_the_one_for_its_readers() -> None:
    assert best({"en": "English", "zh-Hans": "简体", "zh-SG": "新加坡"}, wanted("zh-CN")) == "简体"
