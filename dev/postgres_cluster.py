"""The files of a PostgreSQL server: made once and whole, and free of whoever held them before."""

import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from dev import process_table
from dev.failure import Failure
from dev.postgres_home import PostgresHome

# By these `make test-at` gives every process another time.
CLOCK = ("LD_PRELOAD", "FAKETIME")
# Nothing of the person's own PostgreSQL settings (PGDATA, PGPORT and so on) may reach this server.
ENVIRONMENT = {
    "PATH": os.defpath,
    "LC_ALL": "C",
    **{name: os.environ[name] for name in CLOCK if name in os.environ},
}


def data_of(home: PostgresHome) -> Path:
    return home.folder / "data"


def password_of(home: PostgresHome) -> str:
    return (data_of(home) / "password").read_text()


def prepare(home: PostgresHome, log: Path) -> None:
    """Afterwards the data is complete and no server runs on it."""
    data = data_of(home)
    home.account.make_folder(home.folder)
    if data.exists():
        _require_version(home)
        _stop_leftover(data)
    else:
        _make(home, log)


def _make(home: PostgresHome, log: Path) -> None:
    """Under another name first: initdb may be interrupted, and half a cluster does not start."""
    unfinished = home.folder / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    password = _write_password(home)
    command: list[str | Path] = [
        home.programs / "initdb",
        "-D",
        unfinished,
        "-U",
        "postgres",
        "--encoding=UTF8",
        "--locale=C",
    ]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth=scram-sha-256"]
    command += [f"--pwfile={password}", "--no-sync"]
    done = subprocess.run(
        command, cwd="/", env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **home.account.popen
    )
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(done.stdout)
    if done.returncode != 0:
        raise Failure(f"PostgreSQL's data folder could not be made: read {log}")
    password.rename(unfinished / "password")
    unfinished.rename(data_of(home))


def _write_password(home: PostgresHome) -> Path:
    """Loopback is open to every account of this machine, and a superuser's login is a shell."""
    path = home.folder / "password.unfinished"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(secrets.token_urlsafe(24))
    home.account.own(path)
    return path


def _require_version(home: PostgresHome) -> None:
    made_by = (data_of(home) / "PG_VERSION").read_text().strip()
    command: list[str | Path] = [home.programs / "postgres", "--version"]
    told = subprocess.run(
        command, cwd="/", env=ENVIRONMENT, capture_output=True, text=True, **home.account.popen
    ).stdout
    if f" {made_by}." not in told:
        raise Failure(f"{data_of(home)} was made by PostgreSQL {made_by}, this is {told.strip()}: remove that folder")


def _stop_leftover(data: Path) -> None:
    """A server whose launcher was killed may still run; a pid file may name a process that is another one by now."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    first_line = pid_file.read_text().partition("\n")[0]
    pid = int(first_line) if first_line.isdigit() else 0
    if str(data) in process_table.command_line(pid):
        process_table.stop(pid, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
    elif process_table.lives(pid):
        # PostgreSQL would take that other process for its own server and refuse to start.
        pid_file.unlink()
