"""One look at all invariants, kept for staff."""

from time import monotonic

from structlog import get_logger

from apps.core.invariants import broken_rows, registered
from apps.core.models import InvariantRun

log = get_logger(__name__)


def run() -> InvariantRun:
    began = monotonic()
    broken = {one.code: {"sentence": one.sentence, "rows": rows} for one in registered() if (rows := broken_rows(one))}
    if broken:
        log.error("invariants are broken", broken=broken)
    return InvariantRun.objects.create(
        checked=[one.code for one in registered()], broken=broken, took_ms=int((monotonic() - began) * 1000)
    )
