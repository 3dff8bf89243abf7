"""A backup of the whole database, and a database made from one, with PostgreSQL's own tools.

A file has its name only when it is whole: pg_dump has ended well, pg_restore can read it, the disk has it.
"""

import hashlib
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from django.conf import settings
from django.db import connection
from psycopg.pq import Conninfo

from apps.core import session_limits, snowflake
from apps.core.models import BackupRun

CHUNK = 1024 * 1024
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


class BackupFailed(Exception):
    """Nothing was changed; the text says why, with the words of PostgreSQL's tool."""


def take(folder: Path) -> Path:
    """The new file. Raises BackupFailed."""
    began = monotonic()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"pickitchen-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.dump"
    unfinished = path.with_suffix(".unfinished")
    try:
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={unfinished}")
        _run("pg_restore", "--list", str(unfinished))
        unfinished.chmod(0o600)
        size, sha256 = _onto_the_disk(unfinished)
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    BackupRun.objects.create(file=path.name, size=size, sha256=sha256, took_ms=int((monotonic() - began) * 1000))
    return path


def restore(path: Path) -> datetime:
    """Fill an empty database; the moment from which ids can be made. Raises BackupFailed.

    No process of the product may still run on the database that was lost: it would know leases that this one does not.
    """
    if _has_tables():
        raise BackupFailed(f"the database {connection.settings_dict['NAME']} is not empty")
    _run("pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", *_target(), str(path))
    # First of all: whatever fails after it, no id is made twice.
    ids_from = snowflake.fence_after_restore()
    with connection.cursor() as cursor:
        # Without it the first hours have no statistics to plan by.
        cursor.execute("ANALYZE")
    if settings.DATABASE_VIA_PGBOUNCER:
        # They are of the role in a database: the lost one's went with it.
        session_limits.give_to_role()
    return ids_from


def _has_tables() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        return bool(cursor.fetchone()[0])


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise BackupFailed(f"{program} is missing: install PostgreSQL's client programs, of the server's version")
    # The password is in the environment, which other accounts cannot read.
    done = subprocess.run([found, *arguments], env=os.environ | _address(), capture_output=True, text=True)  # noqa: S603 - our own arguments
    if done.returncode:
        raise BackupFailed(f"{program}: {done.stderr.strip()}")


def _target() -> list[str]:
    return ["--dbname", str(connection.settings_dict["NAME"])]


def _address() -> dict[str, str]:
    """As libpq reads it; of our options what DATABASE_URL says itself, a client's certificate too."""
    known = connection.settings_dict
    named = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    given = {variable: str(known[name]) for variable, name in named.items() if known.get(name)}
    said = settings.DATABASE.get("OPTIONS", {})
    options = {one.keyword.decode(): one.envvar.decode() for one in Conninfo.get_defaults() if one.envvar}
    return given | {variable: str(said[option]) for option, variable in options.items() if option in said}


def _onto_the_disk(path: Path) -> tuple[int, str]:
    digest = hashlib.sha256()
    with path.open("rb+") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
        os.fsync(file.fileno())
        return file.tell(), digest.hexdigest()
