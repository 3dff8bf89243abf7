"""Each index is paid for at every write."""

import pytest
from django.db import connection

# Of indexes without conditions or expressions: one, and another that begins with the same columns.
NEEDLESS = r"""
    SELECT one.indexrelid::regclass::text, longer.indexrelid::regclass::text
    FROM pg_index one JOIN pg_index longer ON one.indrelid = longer.indrelid AND one.indexrelid <> longer.indexrelid
    WHERE NOT one.indisunique
      AND (longer.indkey::text || ' ') LIKE (one.indkey::text || ' %')
      AND (longer.indclass::text || ' ') LIKE (one.indclass::text || ' %')
      AND num_nulls(one.indpred, longer.indpred, one.indexprs, longer.indexprs) = 4
      AND one.indrelid::regclass::text ~ '^(accounts|backoffice|billing|core|emoji|points|remoteconfig|staff)_'
      AND one.indrelid::regclass::text !~ '^accounts_user_(groups|user_permissions)$'
    ORDER BY 1, 2
"""


@pytest.mark.django_db
def test_no_index_does_what_another_one_does_too() -> None:
    with connection.cursor() as cursor:
        cursor.execute(NEEDLESS)
        assert cursor.fetchall() == []
