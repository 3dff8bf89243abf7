"""The caller's transaction, or one of its own where there is none."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def joined() -> Iterator[None]:
    """Without a savepoint: for what its caller never goes on from when it fails."""
    if connection.in_atomic_block:
        yield
    else:
        with transaction.atomic():
            yield


@contextmanager
def one_statement() -> Iterator[None]:
    """For a single statement whose failure its caller goes on from. Alone it is a transaction anyway."""
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
    else:
        yield
