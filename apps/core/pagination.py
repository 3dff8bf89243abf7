"""The one shape of a list: newest first, by Snowflake id, with a signed cursor that names its list and its filters."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core import signing
from django.db.models import Model, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import DomainError
from apps.core.prepared_query import Given, PreparedQuery

WHOLE = re.compile("[0-9]{1,3}")
PAGE = ("cursor", "limit")
DEFAULT_LIMIT = 20
MAX_LIMIT = 100


class InvalidCursor(DomainError):
    code = "invalid_cursor"
    status = 400
    title = "This cursor is not valid for this list"


@dataclass(frozen=True)
class Filtered:
    """Rows of a list: `make` with these filters. It is called once for all who filter by the same names, so it must not
    look at a clock or at anything else that is not given to it."""

    make: Callable[..., QuerySet[Any]]
    filters: Mapping[str, Any]

    def newest(self, number: int, *, before: int | None) -> list[Any]:
        given = {**self.filters, **({} if before is None else {"id__lt": before})}
        return _newest(self.make, tuple(given), number).objects(**given)


@lru_cache(maxsize=256)
def _newest(make: Callable[..., QuerySet[Any]], names: tuple[str, ...], number: int) -> PreparedQuery[Any]:
    return PreparedQuery(lambda: make(**{name: Given(name) for name in names}).order_by("-id")[:number])


def filters_of(request: Request) -> dict[str, str]:
    """What the request asks for besides a page."""
    sent: dict[str, str] = request.query_params.dict()
    return {name: value for name, value in sent.items() if name not in PAGE}


def _name_of(queryset: Any, request: Request) -> list[str]:
    """What a cursor is good for: this list by these filters. What else a query may hold makes no other list."""
    filters = queryset.filters if isinstance(queryset, Filtered) else {}
    return [request.path_info, *(f"{name}={value}" for name, value in sorted(filters.items()) if name != "user_id")]


def _newest_of(queryset: Any, number: int, before: int | None) -> list[Any]:
    if isinstance(queryset, Filtered):
        return queryset.newest(number, before=before)
    earlier = queryset if before is None else queryset.filter(id__lt=before)
    return list(earlier.order_by("-id")[:number])


class NewestFirstPagination(BasePagination):
    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Of a queryset, or of a Filtered."""
        self._list = _name_of(queryset, request)
        cursor = request.query_params.get("cursor")
        limit = self._limit(request)
        before = self._last_id(cursor) if cursor else None
        rows = _newest_of(queryset, limit + 1, before)
        self._has_more, self._rows = len(rows) > limit, rows[:limit]
        return self._rows

    def get_paginated_response(self, data: Any) -> Response:
        cursor = self._cursor_after(self._rows[-1]) if self._has_more else None
        return Response({"items": data, "next_cursor": cursor, "has_more": self._has_more})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["items", "next_cursor", "has_more"],
            "properties": {
                "items": schema,
                "next_cursor": {"type": ["string", "null"]},
                "has_more": {"type": "boolean"},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        return [
            {"name": "limit", "in": "query", "required": False, "schema": limit},
            {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"}},
        ]

    def _cursor_after(self, row: Model) -> str:
        return signing.dumps([str(row.pk), self._list], salt="cursor")

    def _last_id(self, cursor: str) -> int:
        try:
            last_id, its_list = signing.loads(cursor, salt="cursor")
        except signing.BadSignature as error:
            raise InvalidCursor from error
        if its_list != self._list:
            raise InvalidCursor
        return int(last_id)

    @staticmethod
    def _limit(request: Request) -> int:
        """Raises ValidationError."""
        sent = request.query_params.get("limit", str(DEFAULT_LIMIT))
        if not WHOLE.fullmatch(sent) or not 1 <= int(sent) <= MAX_LIMIT:
            raise ValidationError({"limit": f"Use 1 to {MAX_LIMIT}."})
        return int(sent)
