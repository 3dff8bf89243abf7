"""JSON in and out, by orjson."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import IO, Any

import orjson
from django.utils.http import parse_header_parameters
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from apps.core.errors import MalformedRequest, PayloadTooLarge, UnsupportedMediaType

ANYTHING = "*/*"
LARGEST_BODY = 64 * 1024
# No form of this API has more than five levels; libraries that walk a body recursively end at about a thousand.
DEEPEST_BODY = 64


def dumps(value: Any) -> bytes:
    """Moments are RFC 3339, UTC, with milliseconds and `Z`."""
    return orjson.dumps(value, default=_as_json, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS)


def loads(body: bytes) -> Any:
    """Raises orjson.JSONDecodeError, a ValueError."""
    return orjson.loads(body)


def has_nul(written: bytes) -> bool:
    """Whether a name or a text of it, as `dumps` wrote it, has the one character that PostgreSQL cannot keep."""
    # Two backslashes are one of the text: what follows them is no escape.
    return rb"\u0000" in written.replace(rb"\\", b"")


class OrjsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else dumps(data)


class AnyFormNegotiation(DefaultContentNegotiation):
    """Who takes anything gets the first form there is, without a look through the others."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        if request.META.get("HTTP_ACCEPT", ANYTHING) == ANYTHING:
            first = next(iter(renderers))
            return first, str(first.media_type)
        chosen: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, format_suffix)
        return chosen


class OnlyFormNegotiation(AnyFormNegotiation):
    """The first form there is, whatever is accepted: for callers whose news must not be lost for it."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, str(first.media_type)


class OrjsonParser(BaseParser):
    """One encoding only: what a proxy reads in one way must not be read in another one here."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Raises PayloadTooLarge, UnsupportedMediaType, MalformedRequest."""
        _require_utf8(media_type or "")
        content = stream.read(LARGEST_BODY + 1)
        if len(content) > LARGEST_BODY:
            raise PayloadTooLarge(max_bytes=LARGEST_BODY)
        try:
            content.decode()
            body = orjson.loads(content)
        except UnicodeDecodeError as error:
            raise MalformedRequest("not_utf8") from error
        except orjson.JSONDecodeError as error:
            raise MalformedRequest("too_deep" if "depth" in error.msg else "not_json") from error
        if _is_deeper(body, DEEPEST_BODY):
            raise MalformedRequest("too_deep")
        _require_each_name_once(content)
        return body


def _require_utf8(media_type: str) -> None:
    content_type, parameters = parse_header_parameters(media_type)
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType(allowed=[f"{content_type}; charset=utf-8"])


def _require_each_name_once(content: bytes) -> None:
    """Of two fields of one name a proxy may look at the first, and we would take the last. Raises MalformedRequest."""
    json.loads(content, object_pairs_hook=_once, parse_int=str, parse_float=str)


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise MalformedRequest("name_twice")


def _is_deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 1 or any(_is_deeper(part, levels - 1) for part in inner if isinstance(part, (dict, list)))


def _as_json(value: Any) -> str:
    if isinstance(value, datetime):
        here = value if value.tzinfo is UTC else value.astimezone(UTC)
        return f"{here.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
    raise TypeError(f"{type(value).__name__} has no form in JSON")
