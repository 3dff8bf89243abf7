"""A spreadsheet shows what is in a cell; it never carries it out."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.staff import csv_text


@pytest.mark.parametrize(
    "formula",
    [
        '=HYPERLINK("https://evil.example")',
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20x",
    ],
)
def test_what_would_be_a_formula_is_a_text(formula: str) -> None:
    assert csv_text.cell(formula) == f"'{formula}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-5, "-5"),
        (Decimal("-1.50"), "-1.50"),
        (None, ""),
        (True, "True"),
        ("a=b", "a=b"),
        (datetime(2026, 12, 1, 12, tzinfo=UTC), "2026-12-01T12:00:00+00:00"),
    ],
)
def test_other_values_stay_as_they_are(value: Any, text: str) -> None:
    assert csv_text.cell(value) == text


def test_commas_quotes_and_ends_of_lines_stay_in_their_cell() -> None:
    assert csv_text.line(["a,b", 'c"d', "e\nf"]) == '"a,b","c""d","e\nf"\r\n'
