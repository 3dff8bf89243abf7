"""Titles and details of problems in every language: English as the classes have it, the others from problem_texts/."""

from pathlib import Path

from apps.core import translations
from apps.core.errors import DomainError, filled_in

FOLDER = Path(__file__).parent / "problem_texts"


def title(error: type[DomainError] | DomainError, language: str) -> str:
    told: str = translations.read(FOLDER, language).get(error.code, {}).get("title", error.title)
    return told


def detail(error: type[DomainError] | DomainError, language: str) -> str:
    """With its params still in braces; empty when the title says it all."""
    told: str = translations.read(FOLDER, language).get(error.code, {}).get("detail", error.detail)
    return told


def sentence(error: DomainError, language: str) -> str:
    return filled_in(detail(error, language) or title(error, language), error.params)
