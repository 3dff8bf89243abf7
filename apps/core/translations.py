"""Texts in other languages than English, which stands in the code: a folder has a JSON file for each of them."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from apps.core import languages


@cache
def read(folder: Path, language: str) -> Mapping[str, Any]:
    """By code or by the English; nothing for English itself."""
    if language == languages.DEFAULT_LANGUAGE:
        return {}
    texts: dict[str, Any] = json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
    return texts
