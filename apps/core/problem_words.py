"""Titles and details of problems in every language: English as the classes have it, the others from problem_texts/."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from apps.core import languages
from apps.core.errors import DomainError, filled_in

FOLDER = Path(__file__).parent / "problem_texts"


def title(error: type[DomainError] | DomainError, language: str) -> str:
    return _words(language).get(error.code, {}).get("title", error.title)


def detail(error: type[DomainError] | DomainError, language: str) -> str:
    """With its params still in braces; empty when the title says it all."""
    return _words(language).get(error.code, {}).get("detail", error.detail)


def sentence(error: DomainError, language: str) -> str:
    return filled_in(detail(error, language) or title(error, language), error.params)


@cache
def _words(language: str) -> Mapping[str, Mapping[str, str]]:
    if language == languages.DEFAULT_LANGUAGE:
        return {}
    words: dict[str, dict[str, str]] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return words
