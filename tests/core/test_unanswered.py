"""An outage of the database is a line a request; where another error happened is told."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, InternalError, OperationalError
from psycopg import errors

from apps.core.exception_handler import as_domain_error
from apps.core.node_lease import NoFreeNode


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except type(error) as caught:
        return caught


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[Exception], dict[str, Any]]:
    def line(error: Exception) -> dict[str, Any]:
        known = as_domain_error(error)
        assert known is not None
        assert known.code == "dependency_unavailable"
        (record,) = caplog.records
        return dict(record.msg)  # type: ignore[arg-type]  # structlog's

    return line


@pytest.mark.parametrize(
    "error",
    [
        raised(OperationalError("connection failed:\n\tConnection refused"), psycopg.OperationalError("refused")),
        raised(OperationalError("terminating connection"), errors.AdminShutdown()),
        raised(OperationalError("server closed the connection"), errors.ConnectionFailure()),
        raised(InternalError("cannot execute INSERT"), errors.ReadOnlySqlTransaction()),
        raised(NoFreeNode("all 1024 nodes are leased")),
    ],
    ids=lambda error: str(error)[:20],
)
def test_what_does_not_answer_is_told_in_a_line(told: Callable[..., Any], error: Exception) -> None:
    line = told(error)
    assert "exc_info" not in line
    assert line["error"] == f"{type(error).__name__}: {' '.join(str(error).split())}"


@pytest.mark.parametrize(
    "error",
    [
        raised(OperationalError("deadlock detected"), errors.DeadlockDetected()),
        raised(OperationalError("canceling statement"), errors.QueryCanceled()),
        raised(InterfaceError("the cursor is closed"), psycopg.InterfaceError("the cursor is closed")),
    ],
    ids=lambda error: str(error)[:20],
)
def test_where_a_statement_failed_is_told(told: Callable[..., Any], error: Exception) -> None:
    assert told(error)["exc_info"] is error
