"""`make test-pgbouncer`: money, ids, the task pipeline and the webhook, tested with PgBouncer before PostgreSQL.

By a few processes at once: each has a database of its own, and PgBouncer keeps a pool for each database.
"""

import os
import subprocess
import sys

from dev import command
from dev.children import children
from dev.pgbouncer import start_pgbouncer
from dev.project import ROOT, VAR
from dev.run_tests import IN_PARALLEL
from dev.servers import servers

# What a shared session could break: locks, leases, transactions, cursors, prepared statements, timeouts.
TESTS = (
    "tests/points",
    "tests/billing",
    "tests/core/test_snowflake.py",
    "tests/core/test_idempotency.py",
    "tests/core/test_health_views.py",
    "tests/emoji/test_pipeline.py",
    "tests/emoji/test_admission.py",
    "tests/journeys/test_parallel_creation.py",
    "tests/journeys/test_event_histories.py",
    "tests/journeys/test_webhook_killed.py",
    "tests/journeys/test_worker_killed.py",
)


def main() -> int:
    folder = VAR / "test-pgbouncer"
    with children() as family, servers(family, "test-pgbouncer", durable=False) as found:
        env = {
            **os.environ,
            **found.environment(),
            "DATABASE_URL": start_pgbouncer(family, folder, found.database_url),
            "DATABASE_VIA_PGBOUNCER": "true",
        }
        # PgBouncer keeps sessions of the tests' database open, so that it could not be dropped.
        keep = ["--create-db", "--reuse-db"]
        return subprocess.run(
            [sys.executable, "-m", "pytest", *keep, *(sys.argv[1:] or (*IN_PARALLEL, *TESTS))], cwd=ROOT, env=env
        ).returncode


if __name__ == "__main__":
    sys.exit(command.run(main))
