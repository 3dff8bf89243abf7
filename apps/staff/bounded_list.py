"""Lists of tables with millions of rows: nobody counts them, sorts them without an index, or waits long for one.

Searching is by what has an index: a number is looked for among numbers, a UUID among UUIDs, a word as it is written.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.options import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import OperationalError, connection, models, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.http import HttpRequest
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse
from django.utils.functional import cached_property
from psycopg.errors import QueryCanceled

MOST_COUNTED = 10_000
STATEMENT_TIMEOUT_MS = 5_000
LARGEST_ID = 2**63 - 1
# Python refuses to read thousands of digits.
LONGEST_ID = len(str(LARGEST_ID))


class AtLeast(int):
    """A number that may be larger."""

    def __str__(self) -> str:
        return f"{int(self)}+"


class BoundedPaginator(Paginator[Any]):
    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        number: int = rows.order_by()[: MOST_COUNTED + 1].count()
        return number if number <= MOST_COUNTED else AtLeast(MOST_COUNTED)


class OnlyByIndex(ChangeList):
    """Django offers the columns of `sortable_by` and would take any that an address names."""

    def get_ordering_field(self, field_name: Any) -> Any:
        return super().get_ordering_field(field_name) if field_name in (self.sortable_by or ()) else None


class BoundedList(admin.ModelAdmin[Any]):
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_max_show_all = 0

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """By a click on a heading: what an index begins with, and what is no other row: its id is no order."""
        links = {field.name for field in self.model._meta.concrete_fields if field.is_relation}
        indexed = indexed_fields(self.model) - links
        wanted = (field for field in super().get_sortable_by(request) if isinstance(field, str))
        return [field for field in wanted if field in indexed]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        base = super().get_changelist(request, **kwargs)
        return type(base.__name__, (OnlyByIndex, base), {"__module__": base.__module__})

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """What an address may filter by: what the page offers. By any other column whoever sees the list could guess
        what no page shows, a password's hash letter by letter. PostgreSQL knows no character of number 0."""
        entries: Any = self.get_list_filter(request)
        filters = (entry if isinstance(entry, str) else entry[0] for entry in entries)
        is_offered = lookup.partition("__")[0] in filters and "\x00" not in value
        return is_offered and super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A page whose terms are no columns has a `search_condition` of its own."""
        term = search_term.replace("\x00", "").strip()
        fields = self.get_search_fields(request)
        if not term or not fields:
            return queryset, False
        if own := getattr(self, "search_condition", None):
            return queryset.filter(own(term)), False
        conditions = [found for field in fields if (found := condition(self.model, field, term)) is not None]
        if not conditions:
            return queryset.none(), False
        return queryset.filter(Q(*conditions, _connector=Q.OR)), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Rows are read while the page is drawn, so that happens here."""
        if request.method != "GET":
            return super().changelist_view(request, extra_context)
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        try:
            with bounded_statements():
                answer = super().changelist_view(request, extra_context)
                return answer.render() if isinstance(answer, SimpleTemplateResponse) else answer
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled) or not request.GET:
                raise
        messages.error(request, "That takes too long. Look for an id, or choose fewer filters.")
        return redirect(request.path)


@contextmanager
def bounded_statements() -> Iterator[None]:
    with transaction.atomic(savepoint=False):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(STATEMENT_TIMEOUT_MS)])
        yield


def indexed_fields(model: type[models.Model]) -> set[str]:
    """What an index of the whole table begins with."""
    fields: Sequence[Any] = model._meta.concrete_fields
    alone = {field.name for field in fields if field.primary_key or field.unique or field.db_index}
    indexes = [index for index in model._meta.indexes if index.condition is None]
    uniques = [
        rule for rule in model._meta.constraints if isinstance(rule, models.UniqueConstraint) and rule.condition is None
    ]
    leading = {_first(index) for index in indexes} | {rule.fields[0] for rule in uniques if rule.fields}
    named = alone | leading
    return named | ({"pk", "id"} if model._meta.pk.name == "id" else {"pk"})


def _first(index: models.Index) -> str:
    """Empty where it is more than a column."""
    if index.fields:
        return index.fields[0].lstrip("-")
    first: Any = index.expressions[0]
    column: Any = first.expression if isinstance(first, OrderBy) else first
    return str(getattr(column, "name", "")) if isinstance(column, F) else ""


def condition(model: type[models.Model], search_field: str, term: str) -> Q | None:
    """None where such a term can't be. A field without a sign is looked at anywhere in its text: for small tables."""
    path = search_field.lstrip("=^@")
    if search_field.startswith("="):
        value = _value(_field(model, path), term)
        return None if value is None else Q(**{path: value})
    return Q(**{path: term}) if _has_lookup(path) else Q(**{f"{path}__icontains": term})


def _has_lookup(path: str) -> bool:
    return path.rpartition("__")[2] in {"startswith", "exact", "iexact", "icontains", "contains"}


def _value(field: models.Field[Any, Any], term: str) -> Any:
    """As the column has it, so that its index serves."""
    if isinstance(field, models.UUIDField):
        return _uuid(term)
    if isinstance(field, models.IntegerField):
        return whole_number(term)
    return term.replace("\x00", "")


def whole_number(term: str) -> int | None:
    if not term.isascii() or not term.isdecimal() or len(term) > LONGEST_ID:
        return None
    return number if (number := int(term)) <= LARGEST_ID else None


def _uuid(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None


def _field(model: type[models.Model], path: str) -> models.Field[Any, Any]:
    here: Any = model
    found: Any = None
    for part in path.split("__"):
        found = here._meta.pk if part == "pk" else here._meta.get_field(part)
        here = found.related_model if found.is_relation else here
    return found.target_field if found.is_relation else found  # type: ignore[no-any-return]  # Django says Any
