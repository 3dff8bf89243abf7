"""A nickname is read by others, so it must look like what it is."""

import pytest

from apps.accounts import nickname


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Ming", "Ming"),
        ("  Ming  ", "Ming"),
        ("明", "明"),
        ("e\u0301", "é"),
        ("x" * 32, "x" * 32),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("O'Neill & Söhne 2", "O'Neill & Söhne 2"),
    ],
)
def test_names_of_all_kinds_are_kept(written: str, kept: str) -> None:
    assert nickname.cleaned(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "x" * 33,
        "\u202egnim",
        "a\u200bb",
        "\ufeffa",
        "a\nb",
        "a\x00b",
        "a\u2028b",
        "\u200d",
        "\u0301" * 40 + "a" + "\u0301" * 40,
        "\ue000",
        "\ud800",
        "\u3164",
        "\u115f\u1160\uffa0",
        "\u2800 \u2800",
    ],
    ids=ascii,
)
def test_what_cannot_be_seen_or_turns_the_text_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="Use"):
        nickname.cleaned(written)
