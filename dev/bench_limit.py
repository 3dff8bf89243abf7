"""What PostgreSQL alone does with the least SQL for each operation: transactions a second, by pgbench."""

import re
import subprocess
from pathlib import Path

import psycopg

from dev.postgres_home import programs

DATABASE = "limit_of_database"
USERS = 20_000
SCRIPTS = {
    "balance": "balance",
    "task_detail": "task_detail",
    "transactions": "transactions",
    "login": "login",
    "login_new": "login_new",
    "create_task": "create_task_cte",
    "webhook": "webhook",
}
ANSWER = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


def limits(url: str, scripts: Path, seconds: int) -> dict[str, float]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}".encode())
        connection.execute(f"CREATE DATABASE {DATABASE}".encode())
    own = url.rpartition("/")[0] + f"/{DATABASE}"
    for name in ("schema", "seed"):
        _psql(own, scripts / f"{name}.sql")
    return {operation: _speed(own, scripts / f"{name}.sql", seconds) for operation, name in SCRIPTS.items()}


def _psql(url: str, script: Path) -> None:
    command = [programs() / "psql", "--quiet", "-v", "ON_ERROR_STOP=1", "-v", f"users={USERS}", "-f", script, url]
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)


def _speed(url: str, script: Path, seconds: int) -> float:
    """As many clients as the load driver has connections."""
    how = ["-n", "-M", "prepared", "-c", "16", "-j", "2", "-T", str(seconds)]
    done = subprocess.run(
        [str(programs() / "pgbench"), *how, "-f", str(script), url], check=True, capture_output=True, text=True
    )
    found = ANSWER.search(done.stdout)
    return float(found[1]) if found else 0.0
