"""Queries of the hot paths, made once: to make one, the ORM takes longer than PostgreSQL takes to answer it.

    OF_USER = PreparedQuery(lambda: UserPoints.objects.filter(user_id=Given("user_id")))
    OF_USER.first(user_id=7)

What Django does for every query, making its SQL and finding out how rows become objects, happens at the first use; what
is left is to send it (apps/core/postgres/direct.py) and to build objects.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql.subqueries import UpdateQuery
from django.db.transaction import TransactionManagementError

from apps.core import together
from apps.core.model_loading import load_plainly, plainly
from apps.core.postgres import direct
from apps.core.together import Write

One = TypeVar("One", bound=Model)
Row = Sequence[Any]


class Given(Expression):
    """A value that comes with each use. `kind` is wanted only where it is reckoned with."""

    def __init__(self, name: str, kind: "Field[Any, Any] | None" = None) -> None:
        super().__init__(output_field=kind)
        self.name = name

    def as_sql(self, *_: Any, **__: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # a place for a value
        return "%s", [self]


class PreparedQuery(Generic[One]):
    def __init__(self, make: Callable[[], "QuerySet[One, Any]"]) -> None:
        self._make = make

    def first(self, **given: Any) -> One | None:
        """Of a query for at most one row."""
        return next(iter(self.objects(**given)), None)

    def objects(self, **given: Any) -> list[One]:
        rows = self.rows(**given)
        build = self._made.shape.built
        return [build(row) for row in rows]

    def rows(self, **given: Any) -> Sequence[Row]:
        """Also of queries for values. Raises TransactionManagementError for a lock that would end at once."""
        made = self._made
        if made.is_lock and not connection.in_atomic_block:
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        return made.shape.converted(direct.run(made.sql, filled_in(made.wanted, given)).rows)

    @cached_property
    def _made(self) -> "_Made":
        """All at once: a compiler asks the connection of the thread that has it."""
        compiler = self._make().query.get_compiler(DEFAULT_DB_ALIAS)
        sql, wanted = compiler.as_sql()
        return _Made(sql, wanted, bool(compiler.query.select_for_update), _Shape(compiler))


class PreparedUpdate:
    """`PreparedUpdate(lambda: Session.objects.filter(id=Given("id")), last_seen_at=Given("at"))`, run with both."""

    def __init__(self, make: Callable[[], QuerySet[Any]], **values: Any) -> None:
        self._make, self._values = make, values

    def run(self, **given: Any) -> int:
        """How many rows were changed."""
        return together.run(self.write(**given))

    def write(self, **given: Any) -> Write:
        sql, wanted = self._statement
        return Write(sql, filled_in(wanted, given | self._as_stored(given)))

    def _as_stored(self, given: Mapping[str, Any]) -> dict[str, Any]:
        own: Any = connections[DEFAULT_DB_ALIAS]
        return {name: field.get_db_prep_save(given[name], own) for name, field in self._fields.items()}

    @cached_property
    def _fields(self) -> "Mapping[str, Field[Any, Any]]":
        """Where values go that are stored as they are given."""
        options = self._make().model._meta
        whole = {column: value.name for column, value in self._values.items() if isinstance(value, Given)}
        return {name: options.get_field(column) for column, name in whole.items()}

    @cached_property
    def _statement(self) -> tuple[str, Sequence[Any]]:
        query: Any = self._make().query.chain(UpdateQuery)
        query.add_update_values(self._values)
        sql, wanted = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        return sql, wanted


def filled_in(wanted: Sequence[Any], given: Mapping[str, Any]) -> list[Any]:
    return [given[value.name] if isinstance(value, Given) else value for value in wanted]


@dataclass(frozen=True, slots=True)
class _Made:
    sql: str
    wanted: Sequence[Any]
    is_lock: bool
    shape: "_Shape"


class _Shape:
    """How a row becomes an object: as django.db.models.query.ModelIterable does it, found out once."""

    def __init__(self, compiler: Any) -> None:
        self.compiler = compiler
        self.converters = compiler.get_converters([column for column, *_ in compiler.select])

    def converted(self, rows: Sequence[Row]) -> Sequence[Row]:
        return list(self.compiler.apply_converters(rows, self.converters)) if self.converters else rows

    @cached_property
    def built(self) -> Callable[[Row], Any]:
        """Of a query for objects."""
        select, told = self.compiler.select, self.compiler.klass_info
        first, end = told["select_fields"][0], told["select_fields"][-1] + 1
        names = [column.target.attname for column, *_ in select[first:end]]
        related = get_related_populators(told, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # as of Django 5.2
        load_plainly(related)
        model = plainly(told["model"])
        annotations = self.compiler.annotation_col_map.items()

        def build(row: Row) -> Any:
            made = model.from_db(DEFAULT_DB_ALIAS, names, row[first:end])
            for populator in related:
                populator.populate(row, made)
            for name, position in annotations:
                setattr(made, name, row[position])
            return made

        return build
