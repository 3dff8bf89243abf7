"""Cells of a CSV file that a spreadsheet shows, not carries out (owasp.org/www-community/attacks/CSV_Injection)."""

import csv
import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Any

# The last four are what some spreadsheets take for the first ones.
BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Some split a line at other signs than commas, whatever is in quotes: a cell may begin in the midst of ours.
FORMULA_WITHIN = re.compile(r"[;\t\r\n] *(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
# Spreadsheets guess an old encoding without it.
BYTE_ORDER_MARK = "\ufeff"


def line(values: Iterable[Any]) -> str:
    text = StringIO()
    csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n").writerow([cell(value) for value in values])
    return text.getvalue()


def cell(value: Any) -> str:
    """Numbers stay numbers; what would be a formula in a text gets an apostrophe before it. Times are UTC, ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    text = FORMULA_WITHIN.sub(r"\g<0>'", value.isoformat() if isinstance(value, datetime) else str(value))
    return f"'{text}" if text.lstrip(" ").startswith(BEGINS_FORMULA) else text
