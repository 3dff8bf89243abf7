"""Inserting rows, with a statement that is made once for each model; Django makes it anew for every row."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BooleanField, CharField, DateTimeField, Field, ForeignKey, IntegerField, Model, TextField
from django.db.models.expressions import DatabaseDefault

from apps.core import together
from apps.core.together import Write

WORDS, NUMBERS = (CharField, TextField), (IntegerField, ForeignKey)
# By the type of a value, the fields that store it as it is.
PLAIN = {str: WORDS, int: NUMBERS, bool: (BooleanField,), type(None): (*WORDS, *NUMBERS, DateTimeField)}


def insert(*made: Model) -> bool:
    """As `save(force_insert=True)` of models without signals, in one statement. False where the database has a part in
    what is stored: there, nothing is done."""
    writes = [write for row in made if (write := _write(row))]
    if len(writes) < len(made):
        return False
    together.send(*writes)
    stored(*made)
    return True


def write(made: Model) -> Write:
    """For a statement with others; once it has run, say so by `stored`. Raises TypeError where the database has a part
    in what is stored."""
    found = _write(made)
    if found is None:
        raise TypeError(f"{type(made).__name__} is not inserted by its own values alone")
    return found


def stored(*made: Model) -> None:
    for row in made:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def _write(made: Model) -> Write | None:
    if _has_generated(type(made)):
        return None
    made._prepare_related_fields_for_save(operation_name="save")  # type: ignore[attr-defined]  # as Django's save does
    if made.pk is None:
        made.pk = made._meta.pk.get_pk_value_on_save(made)
    sql, fields = _statement(type(made))
    values = [_value(field, made) for field in fields]
    if any(hasattr(value, "resolve_expression") for value in values):
        return None
    return Write(sql, _as_stored(fields, values), so_far="WHERE")


def _as_stored(fields: "Sequence[Field[Any, Any]]", values: Sequence[Any]) -> list[Any]:
    """To have each field find out what most values need, which is nothing, costs as much as to store the row."""
    own: Any = connections[DEFAULT_DB_ALIAS]
    return [
        value if isinstance(field, PLAIN.get(type(value), ())) else field.get_db_prep_save(value, own)
        for field, value in zip(fields, values, strict=True)
    ]


def _value(field: "Field[Any, Any]", made: Model) -> Any:
    """A default that the database would fill in, and that is a plain value, is filled in here."""
    value = field.pre_save(made, True)
    if isinstance(value, DatabaseDefault) and not hasattr(field.db_default, "resolve_expression"):
        value = field.db_default
        setattr(made, field.attname, value)
    return value


@cache
def _has_generated(model: type[Model]) -> bool:
    return any(field.generated for field in model._meta.db_returning_fields)


@cache
def _statement(model: type[Model]) -> tuple[str, Sequence[Field[Any, Any]]]:
    fields = model._meta.local_concrete_fields
    quoted = connections[DEFAULT_DB_ALIAS].ops.quote_name
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    places = ", ".join("%s" for _ in fields)
    table = quoted(model._meta.db_table)
    return f"INSERT INTO {table} ({columns}) SELECT {places}", fields
