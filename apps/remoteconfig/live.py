"""The values as this process has them: the packaged ones, over them the file's, those of Nacos, those of staff.

`snapshot()` never waits: it is what `refresh()` saw last.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from structlog import get_logger

from apps.remoteconfig import config_file, nacos_copy, overrides
from apps.remoteconfig.document import Values
from apps.remoteconfig.layer import NOTHING, Layer
from apps.remoteconfig.models import PointsPack
from apps.remoteconfig.nacos_dialects import Wanted
from apps.remoteconfig.packaged import DEFAULTS

MOST_PACKS = 500

log = get_logger(__name__)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One whole set of values. `source` is where they come from: `nacos`; `last_good` when Nacos does not answer;
    `fallback` when it never did; `file` or `packaged` without Nacos. `problems` are sentences about what was to be used
    and is not."""

    values: Values
    source: str
    changed_at: datetime | None
    problems: tuple[str, ...]


@dataclass
class _Here:
    """What this process knows; a fork takes it along."""

    file: Layer = NOTHING
    nacos: Layer = NOTHING
    staff: Layer = NOTHING
    packs: tuple[PointsPack, ...] = ()
    snapshot: Snapshot | None = None


_here = _Here()


def snapshot() -> Snapshot:
    """Before the first `refresh()`: what can be had without PostgreSQL."""
    if _here.snapshot is None:
        look_at_file()
    return _here.snapshot or _combined()


def look_at_file() -> None:
    _here.file = config_file.layer(_here.file)
    _publish()


def refresh() -> None:
    """Looks at file and PostgreSQL. Raises DatabaseError, and the values stay."""
    _here.file = config_file.layer(_here.file)
    _here.nacos = nacos_copy.layer(str(wanted()), _here.nacos) if settings.NACOS_SERVER_ADDRESSES else NOTHING
    _here.staff = overrides.layer(_here.staff)
    _here.packs = tuple(PointsPack.objects.order_by("id")[:MOST_PACKS])
    _publish()


def packs() -> tuple[PointsPack, ...]:
    """Those of staff."""
    return _here.packs


def below_staff() -> Values:
    return {**below_nacos(), **_here.nacos.values}


def places() -> dict[str, str]:
    """Where the value of each key comes from."""
    layers = {"file": _here.file, "nacos": _here.nacos, "staff": _here.staff}
    named = {key: name for name, layer in layers.items() for key in layer.values}
    return {key: named.get(key, "packaged") for key in DEFAULTS}


def below_nacos() -> Values:
    return {**DEFAULTS, **_here.file.values}


def wanted() -> Wanted:
    return Wanted(settings.NACOS_NAMESPACE, settings.NACOS_GROUP, settings.NACOS_DATA_ID)


def forget() -> None:
    """As a process that has just begun."""
    _here.file, _here.nacos, _here.staff, _here.snapshot = NOTHING, NOTHING, NOTHING, None
    _here.packs = ()


def _publish() -> None:
    """One assignment: whoever reads has the old values or the new ones, never some of each."""
    before, now = _here.snapshot, _combined()
    changed = [path for path, value in now.values.items() if before and before.values[path] != value]
    if changed or (before and before.source != now.source):
        log.info("the remote configuration has changed", source=now.source, keys=changed)
    if before is None or changed or _beside_values(before) != _beside_values(now):
        _here.snapshot = now


def _combined() -> Snapshot:
    layers = (_here.file, _here.nacos, _here.staff)
    problems = tuple(problem for layer in layers for problem in layer.problems)
    changed_at = max((layer.changed_at for layer in layers if layer.changed_at), default=None)
    return Snapshot({**below_staff(), **_here.staff.values}, _source(), changed_at, problems)


def _beside_values(snapshot: Snapshot) -> tuple[object, ...]:
    return snapshot.source, snapshot.changed_at, snapshot.problems


def _source() -> str:
    if not settings.NACOS_SERVER_ADDRESSES:
        return "file" if _here.file.values else "packaged"
    if not _here.nacos.values:
        return "fallback"
    return "last_good" if _here.nacos.is_stale else "nacos"
