"""What an expression is called in other languages than English, by their tags; staff write them."""

from typing import Any

from django.core.exceptions import ValidationError

from apps.core.languages import DEFAULT_LANGUAGE, LANGUAGES

OTHERS = tuple(language for language in LANGUAGES if language != DEFAULT_LANGUAGE)
LONGEST = 64


def require_names(names: Any) -> None:
    """Raises Django's ValidationError."""
    if not isinstance(names, dict):
        raise ValidationError('Write one name for each language, like {"ja": "うれしい"}.')
    for language, name in names.items():
        if language not in OTHERS:
            raise ValidationError(f"{language} is none of {', '.join(OTHERS)}.")
        if not isinstance(name, str) or not 1 <= len(name.strip()) <= LONGEST:
            raise ValidationError(f"The name in {language} has 1 to {LONGEST} characters.")
