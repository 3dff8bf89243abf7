"""`make bench-migration`: what docs/migrations.md allows, on a ledger of millions of rows, under customers at work."""

import argparse
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from dev import command
from dev.children import children
from dev.crowd import CUSTOMERS, Crowd, without_limits
from dev.customer import OK
from dev.empty_database import empty_database
from dev.failure import Failure
from dev.free_port import free_port
from dev.narration import Narration
from dev.production_site import site, stop
from dev.project import VAR
from dev.servers import servers

FOLDER = VAR / "bench-migration"
SEED = Path(__file__).with_suffix(".sql")
ROWS_EACH = 500
# An id begins with the milliseconds since then (apps/core/snowflake.py).
IDS_SINCE_MS, BEHIND_TIME = 1_288_834_974_657, 22
QUIET_SECONDS, MOST_TRIES = 5.0, 20
# As `manage.py migrate` has it (apps/core/session_limits.py).
OPTIONS = "-c lock_timeout=2s -c statement_timeout=0"
LEDGER = "points_pointtransaction"
CHANGES = (
    ("a column that may be null", f"ALTER TABLE {LEDGER} ADD COLUMN note varchar(80)"),
    ("a column with a default", f"ALTER TABLE {LEDGER} ADD COLUMN channel varchar(16) NOT NULL DEFAULT 'app'"),
    ("an index, concurrently", f"CREATE INDEX CONCURRENTLY bench_by_title ON {LEDGER} (title, created_at)"),
    ("a check, not valid", f"ALTER TABLE {LEDGER} ADD CONSTRAINT bench_check CHECK (length(note) < 70) NOT VALID"),
    ("the check, validated", f"ALTER TABLE {LEDGER} VALIDATE CONSTRAINT bench_check"),
    (
        "a foreign key, not valid",
        f"ALTER TABLE {LEDGER} ADD CONSTRAINT bench_key FOREIGN KEY (user_id) REFERENCES accounts_user (id) NOT VALID",
    ),
    ("the foreign key, validated", f"ALTER TABLE {LEDGER} VALIDATE CONSTRAINT bench_key"),
    ("a column less", f"ALTER TABLE {LEDGER} DROP COLUMN note"),
    ("an index less, concurrently", "DROP INDEX CONCURRENTLY bench_by_title"),
)


@dataclass(frozen=True)
class Change:
    title: str
    seconds: float
    tries: int
    requests: int
    slowest_ms: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    rows = parser.parse_args().rows
    narration = Narration()
    with children() as family, servers(family, "bench-migration") as found:
        running = site(family, found, FOLDER, free_port(), **without_limits(FOLDER))
        with narration.step(f"Start the site, with {rows:,} rows in its ledger"):
            empty_database(found.database_url)
            running.prepare()
            _seed(found.database_url, rows)
            running.open()
        crowd = Crowd(running, seed=1)
        with narration.step(f"{CUSTOMERS} customers, {len(CHANGES)} migrations"):
            crowd.arrive()
            changes = [_quiet(crowd), *(_migrate(crowd, found.database_url, *change) for change in CHANGES)]
        crowd.leave()
        with narration.step("Wait for the last emoji, compare the books, check the invariants"):
            crowd.require_everything()
        stop(running, narration)
    return _report(narration, crowd, changes)


def _seed(url: str, rows: int) -> None:
    moment = datetime.now(UTC)
    first_id = int(moment.timestamp() * 1000) - IDS_SINCE_MS << BEHIND_TIME
    script = SEED.read_text().format(users=rows // ROWS_EACH, each=ROWS_EACH, first_id=first_id, moment=moment)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in script.split(";\n"):
            connection.execute(statement.encode())


def _quiet(crowd: Crowd) -> Change:
    began = time.monotonic()
    time.sleep(QUIET_SECONDS)
    return _seen(crowd, "no migration", began, 0)


def _migrate(crowd: Crowd, url: str, title: str, statement: str) -> Change:
    """Again when it gave up a lock, as whoever runs `migrate` does."""
    began = time.monotonic()
    with psycopg.connect(url, autocommit=True, options=OPTIONS) as connection:
        for attempt in range(1, MOST_TRIES + 1):
            try:
                connection.execute(statement.encode())
            except psycopg.errors.LockNotAvailable:
                continue
            return _seen(crowd, title, began, attempt)
    raise Failure(f"{title}: no lock in {MOST_TRIES} tries")


def _seen(crowd: Crowd, title: str, began: float, tries: int) -> Change:
    """What customers waited for meanwhile; a moment longer, for those who still waited at the end."""
    ended = time.monotonic()
    time.sleep(1)
    waits = [seconds for ended_at, seconds in crowd.waits if ended_at >= began and ended_at - seconds <= ended]
    return Change(title, ended - began, tries, len(waits), max(waits, default=0) * 1000)


def _report(narration: Narration, crowd: Crowd, changes: list[Change]) -> int:
    narration.table(
        ("during", "s", "tries", "requests", "slowest, ms"),
        [(c.title, f"{c.seconds:.2f}", str(c.tries), f"{c.requests:,}", f"{c.slowest_ms:.0f}") for c in changes],
    )
    missed = crowd.reads.total() - crowd.reads[OK] + crowd.repeats
    narration.say(f"{crowd.reads.total():,} reads and {crowd.orders:,} orders; not answered at the first try: {missed}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(command.run(main))
