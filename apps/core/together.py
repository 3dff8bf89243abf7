"""Several writes that need nothing from each other, sent as one statement: each way to the server and back costs more
than the write."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, transaction

from apps.core.postgres import direct


class Write(NamedTuple):
    """`sql` may go on with a condition, after the word `so_far`."""

    sql: str
    values: Sequence[Any]
    so_far: str = "AND"


_waiting: ContextVar[list[Write] | None] = ContextVar("waiting writes", default=None)


@contextmanager
def later() -> Iterator[None]:
    """What is `sent` within waits until the end of it, and is then sent as one statement.

    Nobody within may look for it in the database before. What goes wrong with it does so at the end.
    """
    waiting: list[Write] = []
    before = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(before)
    if waiting:
        run(*waiting)


def send(*writes: Write) -> None:
    """Now, or with others."""
    waiting = _waiting.get()
    if waiting is None:
        run(*writes)
    else:
        waiting.extend(writes)


def run(*writes: Write) -> int:
    """How many rows the last one changed. None sees what the others write, and none may touch another's rows."""
    *first, last = writes
    named = ", ".join(f"write_{number} AS ({write.sql})" for number, write in enumerate(first))
    return _sent(f"WITH {named} {last.sql}" if first else last.sql, writes)


def run_if(first: Write, *others: Write) -> bool:
    """The others only if the first one changes a row, which is locked before they begin; whether it did."""
    conditional = (f"{write.sql} {write.so_far} EXISTS (SELECT FROM first_write)" for write in others)
    named = "".join(f", write_{number} AS ({sql})" for number, sql in enumerate(conditional))
    sql = f"WITH first_write AS ({first.sql} RETURNING 1){named} SELECT 1 FROM first_write"  # noqa: S608 - our writes
    return bool(_sent(sql, [first, *others]))


def run_and_ask(write: Write, question: str, values: Sequence[Any]) -> Sequence[Any]:
    """The rows of a question that knows `written`, with a row for each that the write changed, and of all else how it
    was before."""
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS):
        return direct.run(f"WITH written AS ({write.sql} RETURNING 1) {question}", [*write.values, *values]).rows


def _sent(sql: str, writes: Sequence[Write]) -> int:
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS):
        return direct.run(sql, [value for write in writes for value in write.values]).rowcount
