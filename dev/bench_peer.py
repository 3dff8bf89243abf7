"""The peer: a FastAPI backend of the same features, with two processes, in a virtual environment of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import requests

from dev.children import Child, Children
from dev.failure import Failure
from dev.free_port import LOOPBACK, free_port
from dev.loopback_http import loopback_session
from dev.servers import Servers

DATABASE = "peer"
START_SECONDS = 30
RICH = "UPDATE user_points SET balance = 1000000000, total_earned = 1000000000"


@dataclass
class Peer:
    url: str
    database_url: str
    child: Child


@contextmanager
def peer(family: Children, found: Servers, source: Path, folder: Path) -> Iterator[Peer]:
    python = environment(source, folder / "peer")
    database_url = database(found.database_url, source.parent / "limit" / "schema.sql")
    port = free_port()
    env = settings(found, database_url)
    address = ["--host", LOOPBACK, "--port", str(port)]
    serve = [str(python), "-m", "uvicorn", "app:app", *address, "--workers", "2", "--no-access-log"]
    child = family.start("peer", serve, folder / "log" / "peer.log", env=env, cwd=source)
    made = Peer(f"http://{LOOPBACK}:{port}", database_url, child)
    _wait_until_it_answers(made)
    yield made


def world(made: Peer, load: Path, users: int, folder: Path) -> Path:
    """The tokens of users who can pay for everything, each with a task."""
    tokens = folder / "peer.jsonl"
    make = [sys.executable, str(load / "make_tokens.py"), "--url", made.url, "-n", str(users), "--out", str(tokens)]
    subprocess.run([*make, "--no-tasks"], check=True, stdout=subprocess.DEVNULL)
    with psycopg.connect(made.database_url, autocommit=True) as connection:
        connection.execute(RICH)
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    with psycopg.connect(made.database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return tokens


def environment(source: Path, folder: Path, *more: str) -> Path:
    """Its Python, with `more` packages than it asks for."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = ["-m", "pip", "install", "--quiet", "--quiet", "-r", str(source / "requirements.txt"), *more]
    subprocess.run([str(python), *install], check=True)
    return python


def settings(found: Servers, database_url: str) -> dict[str, str]:
    """Its worker waits for five seconds, as long as its Redis library does by default, which would end it."""
    return os.environ | {
        "PEER_DATABASE_URL": database_url.replace("postgresql://", "postgresql+psycopg://", 1),
        "PEER_REDIS_URL": found.redis_url.rpartition("/")[0] + "/9?socket_timeout=60",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def database(url: str, schema: Path) -> str:
    """New each time. What stands in the schema for psql alone is left out."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {DATABASE}".encode())
    own = url.rpartition("/")[0] + f"/{DATABASE}"
    statements = "\n".join(line for line in schema.read_text().splitlines() if not line.startswith("\\"))
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute(statements.encode())
    return own


def _wait_until_it_answers(made: Peer) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            loopback_session().get(made.url, timeout=1)
        except requests.RequestException:
            time.sleep(0.2)
        else:
            return
    raise Failure(f"the peer does not start: read {made.child.log}")
