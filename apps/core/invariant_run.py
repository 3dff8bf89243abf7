"""One look at all invariants; the nightly one is kept for staff."""

from time import monotonic

from structlog import get_logger

from apps.core.invariants import broken_rows, registered
from apps.core.models import InvariantRun

log = get_logger(__name__)


def look() -> InvariantRun:
    """Reads only: the result is not stored."""
    began = monotonic()
    broken = {one.code: {"sentence": one.sentence, "rows": rows} for one in registered() if (rows := broken_rows(one))}
    if broken:
        log.error("invariants are broken", broken=broken)
    return InvariantRun(
        checked=[one.code for one in registered()], broken=broken, took_ms=int((monotonic() - began) * 1000)
    )
