"""Inserting one row, with a statement that is made once for each model; Django makes it anew for every row."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import Field, Model


def insert(made: Model) -> bool:
    """As `save(force_insert=True)` of a model without signals. False where the database has a part in what is stored:
    there, nothing is done."""
    meta = made._meta
    if meta.db_returning_fields:
        return False
    made._prepare_related_fields_for_save(operation_name="save")  # type: ignore[attr-defined]  # as Django's save does
    if made.pk is None:
        made.pk = meta.pk.get_pk_value_on_save(made)
    sql, fields = _statement(type(made))
    values = [field.pre_save(made, True) for field in fields]
    if any(hasattr(value, "resolve_expression") for value in values):
        return False
    parameters = [field.get_db_prep_save(value, connection) for field, value in zip(fields, values, strict=True)]
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
    made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
    return True


@cache
def _statement(model: type[Model]) -> tuple[str, Sequence[Field[Any, Any]]]:
    fields = model._meta.local_concrete_fields
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    places = ", ".join("%s" for _ in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    return f"INSERT INTO {table} ({columns}) VALUES ({places})", fields  # noqa: S608 - names of a model
