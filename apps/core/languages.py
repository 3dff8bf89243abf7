"""Which language an answer speaks: what its reader wants most of what we have (RFC 9110, Accept-Language)."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

LANGUAGES = ("en", "zh-Hans", "zh-Hant", "ja", "ko", "es")
DEFAULT_LANGUAGE = "en"
LONGEST_HEADER = 500
# Django writes them all in lower case.
_AS_WE_WRITE_IT = {language.lower(): language for language in LANGUAGES}
# How phones name the scripts of Chinese: by country, or not at all.
SCRIPTS = {
    "zh": "zh-hans",
    "zh-cn": "zh-hans",
    "zh-sg": "zh-hans",
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
}


class LanguageMiddleware:
    """Below /api/ everything that is said to people, Django's own sentences too, is in the reader's language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        language = spoken(request.META.get("HTTP_ACCEPT_LANGUAGE", "")[:LONGEST_HEADER])
        with _speaking(language.lower()):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Accept-Language"])
        return response


def _speaking(language: str) -> AbstractContextManager[None]:
    """Most are answered in the language that is spoken anyway."""
    return nullcontext() if translation.get_language() == language else translation.override(language)


@lru_cache(maxsize=1024)
def spoken(header: str) -> str:
    """The one of LANGUAGES that the reader wants most."""
    return best({language: language for language in LANGUAGES}, wanted(header))


def current() -> str:
    """The language of the answer that is being made."""
    return _AS_WE_WRITE_IT.get(translation.get_language() or "", DEFAULT_LANGUAGE)


def wanted(header: str) -> tuple[str, ...]:
    """Lower-case tags, the best first, each followed by its shorter forms."""
    tags = (tag for tag, weight in parse_accept_lang_header(header[:LONGEST_HEADER]) if weight)
    return tuple(form for tag in tags for form in _forms(SCRIPTS.get(tag, tag)))


def best(texts: Mapping[str, str], languages: tuple[str, ...]) -> str:
    named = {tag.lower(): text for tag, text in texts.items()}
    # Texts are named as phones name their languages, too.
    by_tag = {SCRIPTS.get(tag, tag): text for tag, text in named.items()} | named
    return next((by_tag[tag] for tag in languages if tag in by_tag), texts[DEFAULT_LANGUAGE])


def _forms(tag: str) -> list[str]:
    parts = tag.split("-")
    return ["-".join(parts[:end]) for end in range(len(parts), 0, -1)]
