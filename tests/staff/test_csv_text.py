"""A spreadsheet shows what is in a cell; it never carries it out."""

import csv
import re
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
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
        "\ttab",
        "\rreturn",
        "\nline",
        "  =1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20x",
    ],
)
def test_what_would_be_a_formula_is_a_text(formula: str) -> None:
    assert csv_text.cell(formula) == f"'{formula}"


@pytest.mark.parametrize("sign", "=+-@\uff1d\uff0b\uff0d\uff20")
@pytest.mark.parametrize("between", [";", "; ", "\t", "\r", "\n", "\n \t"], ids=repr)
def test_however_a_spreadsheet_splits_the_line_no_cell_is_a_formula(between: str, sign: str) -> None:
    """At semicolons in half of the world, at tabs where it asks; quotes amidst a cell are text like any other there."""
    line = csv_text.line([1, f"x{between}{sign}cmd|'/C calc'!A0;", f"{between}{sign}1, 2", "en"])
    by_commas = next(csv.reader(StringIO(line, newline="")))
    for cell in (*by_commas, *re.split(r"[;\r\n]", line), *re.split(r"[\t\r\n]", line)):
        assert not cell.strip(' "').startswith(sign)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-5, "-5"),
        (Decimal("-1.50"), "-1.50"),
        (None, ""),
        (True, "True"),
        ("a=b", "a=b"),
        ("a; b-c", "a; b-c"),
        (datetime(2026, 12, 1, 12, tzinfo=UTC), "2026-12-01T12:00:00+00:00"),
    ],
)
def test_other_values_stay_as_they_are(value: Any, text: str) -> None:
    assert csv_text.cell(value) == text


def test_commas_quotes_and_ends_of_lines_stay_in_their_cell() -> None:
    assert csv_text.line(["a,b", 'c"d', "e\nf"]) == '"a,b","c""d","e\nf"\r\n'
