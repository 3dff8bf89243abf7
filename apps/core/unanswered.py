"""When nobody answers: the database is away or takes no writes, or no id can be made."""

from django.db import InterfaceError, OperationalError
from structlog import get_logger

from apps.core.node_lease import NoFreeNode
from apps.core.snowflake import ClockWentBack

NO_ID = (ClockWentBack, NoFreeNode)
READ_ONLY = "25006"
# Beginnings of SQLSTATE: the connection broke, the server stops or starts, the primary is one no more.
AWAY = ("08", "57P", READ_ONLY)

log = get_logger(__name__)


def is_unanswered(error: Exception) -> bool:
    """The primary has moved and this session has not: psycopg counts that among the bugs."""
    return isinstance(error, (OperationalError, InterfaceError, *NO_ID)) or _sqlstate(error) == READ_ONLY


def tell(error: Exception) -> None:
    """Where it happened, only if that says something: in an outage each request has its line, and no time for more."""
    text = f"{type(error).__name__}: {' '.join(str(error).split())}"
    where = {} if _is_outage(error) else {"exc_info": error}
    log.error("the database did not answer, or no id could be made", error=text, **where)


def _is_outage(error: Exception) -> bool:
    """Of a server that could not be reached there is no SQLSTATE."""
    if isinstance(error, NO_ID):
        return True
    state = _sqlstate(error)
    return state.startswith(AWAY) if state else isinstance(error, OperationalError)


def _sqlstate(error: Exception) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""
