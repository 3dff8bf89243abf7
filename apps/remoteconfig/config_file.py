"""The document in REMOTE_CONFIG_FILE. One that is broken breaks no request: the last good one of this process stays."""

from pathlib import Path

from django.conf import settings
from structlog import get_logger

from apps.remoteconfig.document import InvalidConfig, parse
from apps.remoteconfig.guards import refuse_unconfirmed
from apps.remoteconfig.layer import NOTHING, Layer
from apps.remoteconfig.packaged import DEFAULTS

log = get_logger(__name__)


def layer(before: Layer = NOTHING) -> Layer:
    """As the file is now; its values are those of `before` where it cannot be used."""
    name = settings.REMOTE_CONFIG_FILE
    if not name:
        return NOTHING
    try:
        stamp = _stamp(Path(name))
        return before if stamp == before.stamp else _read(Path(name), stamp, before)
    except OSError as error:
        return _unusable(before, f"{name} is away", (f"{name} cannot be read: {error.strerror}",))


def _read(path: Path, stamp: str, before: Layer) -> Layer:
    try:
        document = parse(path.read_bytes())
        refuse_unconfirmed(DEFAULTS, DEFAULTS, document)
    except InvalidConfig as error:
        return _unusable(before, stamp, tuple(f"{path}: {problem}" for problem in error.problems))
    return Layer(stamp, document.values)


def _stamp(path: Path) -> str:
    found = path.stat()
    return f"{path} {found.st_mtime_ns} {found.st_size} {found.st_ino}"


def _unusable(before: Layer, stamp: str, problems: tuple[str, ...]) -> Layer:
    if problems != before.problems:
        log.error("REMOTE_CONFIG_FILE is not in use", problems=problems)
    return Layer(stamp, before.values, problems)
