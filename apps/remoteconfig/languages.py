"""Which of the languages of a text its reader wants most (RFC 9110, Accept-Language)."""

from collections.abc import Mapping

from django.utils.translation.trans_real import parse_accept_lang_header

from apps.remoteconfig.shapes import DEFAULT_LANGUAGE

LONGEST_HEADER = 500
# How phones name the scripts of Chinese by country.
SCRIPTS = {"zh-cn": "zh-hans", "zh-sg": "zh-hans", "zh-tw": "zh-hant", "zh-hk": "zh-hant", "zh-mo": "zh-hant"}


def wanted(header: str) -> tuple[str, ...]:
    """Lower-case tags, the best first, each followed by its shorter forms."""
    tags = (tag for tag, weight in parse_accept_lang_header(header[:LONGEST_HEADER]) if weight)
    return tuple(form for tag in tags for form in _forms(SCRIPTS.get(tag, tag)))


def best(texts: Mapping[str, str], languages: tuple[str, ...]) -> str:
    by_tag = {tag.lower(): text for tag, text in texts.items()}
    return next((by_tag[tag] for tag in languages if tag in by_tag), texts[DEFAULT_LANGUAGE])


def _forms(tag: str) -> list[str]:
    parts = tag.split("-")
    return ["-".join(parts[:end]) for end in range(len(parts), 0, -1)]
