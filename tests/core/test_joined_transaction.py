"""What joins a transaction is undone with it; alone it is a transaction."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.joined_transaction import joined, one_statement
from apps.core.models import InvariantRun


class Failure(Exception):
    pass


@joined()
def write(*, fails: bool = False) -> None:
    InvariantRun(checked=[], broken={}, took_ms=1).save()
    if fails:
        raise Failure


@transaction.atomic
def write_twice() -> None:
    write()
    write(fails=True)


@pytest.mark.django_db(transaction=True)
def test_alone_it_is_a_transaction() -> None:
    with pytest.raises(Failure):
        write(fails=True)
    assert not InvariantRun.objects.exists()
    write()
    assert InvariantRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_it_joins_without_a_savepoint_and_is_undone_with_its_caller() -> None:
    with CaptureQueriesContext(connection) as queries, pytest.raises(Failure):
        write_twice()
    assert not [query for query in queries if "SAVEPOINT" in query["sql"]]
    assert not InvariantRun.objects.exists()


def write_again(row: InvariantRun) -> None:
    with pytest.raises(IntegrityError), one_statement():
        InvariantRun(id=row.id, checked=[], broken={}, took_ms=1).save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_one_statement_alone_is_one_way_to_the_database() -> None:
    row = InvariantRun(checked=[], broken={}, took_ms=1)
    with CaptureQueriesContext(connection) as queries, one_statement():
        row.save()
    assert len(queries) == 1
    write_again(row)
    assert InvariantRun.objects.count() == 1


@pytest.mark.django_db
def test_the_transaction_around_one_statement_goes_on_when_it_fails() -> None:
    row = InvariantRun(checked=[], broken={}, took_ms=1)
    row.save()
    write_again(row)
    assert InvariantRun.objects.count() == 1
