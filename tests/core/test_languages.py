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
