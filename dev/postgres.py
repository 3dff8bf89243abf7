"""A real PostgreSQL, from the programs that come in a wheel, on a free loopback port."""

import signal
import time
from pathlib import Path

import psycopg

from dev import postgres_cluster
from dev.children import Child, Children
from dev.failure import Failure
from dev.free_port import LOOPBACK, free_port
from dev.postgres_home import PostgresHome, find_home

DATABASE = "pickitchen"
TRIES = 3
# After a kill it first replays its log, and that may take a while.
START_SECONDS = 60.0
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def start_postgres(children: Children, folder: Path, *, durable: bool) -> str:
    """The URL of an empty or known database. Without `durable` a power cut loses everything, and it is faster."""
    home = find_home(folder)
    log = folder / "log" / "postgres.log"
    postgres_cluster.prepare(home, log)
    for _ in range(TRIES):
        port = free_port()
        child = _start(children, home, log, {"port": str(port), **({} if durable else NOT_DURABLE)})
        server = f"postgresql://postgres:{postgres_cluster.password_of(home)}@{LOOPBACK}:{port}"
        if _answers(child, f"{server}/postgres"):
            _create_database(f"{server}/postgres")
            return f"{server}/{DATABASE}"
        # Somebody else may have taken the port since, or the last server's memory is not given back yet.
        children.stop(child)
        time.sleep(1)
    raise Failure(f"PostgreSQL does not start: read {log}")


def start_postgres_again(children: Children, folder: Path, port: int, *, durable: bool) -> Child:
    """On the port it had, after a crash; it takes connections when it has replayed its log."""
    home = find_home(folder)
    log = folder / "log" / "postgres.log"
    postgres_cluster.prepare(home, log)
    return _start(children, home, log, {"port": str(port), **({} if durable else NOT_DURABLE)})


def _start(children: Children, home: PostgresHome, log: Path, settings: dict[str, str]) -> Child:
    settings |= {
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": "",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    command: list[str | Path] = [home.programs / "postgres", "-D", postgres_cluster.data_of(home)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return children.start(
        "PostgreSQL",
        command,
        log,
        env=postgres_cluster.ENVIRONMENT,
        # SIGTERM would wait for clients to leave by themselves.
        stop_signal=signal.SIGINT,
        grace_seconds=20,
        cwd="/",
        **home.account.popen,
    )


def _answers(child: Child, url: str) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while not child.ended and time.monotonic() < deadline:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return True
    return False


def _create_database(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not known:
            connection.execute(f"CREATE DATABASE {DATABASE}")
