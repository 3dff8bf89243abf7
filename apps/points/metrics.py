"""Points that moved, by kind of row; counted when the change is committed."""

from functools import partial

from django.db import transaction

from apps.core import metrics

moved = metrics.counter("pk_points", "Points that came or went, by kind of ledger row", ["type"])


def moves(kind: str, amount: int) -> None:
    """Inside the transaction that moves them, which no trouble here may touch."""
    transaction.on_commit(partial(moved.labels(kind).inc, abs(amount)), robust=True)
