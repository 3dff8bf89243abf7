"""PgBouncer in transaction mode before a PostgreSQL, for those who want to see the product behind one.

Debian's package brings the program; PostgreSQL's own wheel does not.
"""

import os
import pwd
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from dev.children import Children
from dev.failure import Failure
from dev.free_port import LOOPBACK, free_port

TRIES = 100
# Fewer than the product has threads, so that sessions really share them.
SERVER_CONNECTIONS = 4


def start_pgbouncer(children: Children, folder: Path, database_url: str) -> str:
    """The same database by way of it."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise Failure("pgbouncer is missing (Debian: apt install pgbouncer)")
    port, config = free_port(), folder / "pgbouncer.ini"
    config.write_text(_config(database_url, port))
    config.chmod(0o600)
    child = children.start("PgBouncer", [program, config], folder / "log" / "pgbouncer.log", cwd="/")
    url = f"postgresql://pickitchen@{LOOPBACK}:{port}{urlsplit(database_url).path}"
    for _ in range(TRIES):
        child.require_alive()
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            children.pause(0.05)
        else:
            return url
    raise Failure(f"PgBouncer does not answer: read {child.log}")


def _config(database_url: str, port: int) -> str:
    parts = urlsplit(database_url)
    login = f"user={parts.username}" + (f" password={unquote(parts.password)}" if parts.password else "")
    settings = {
        "listen_addr": LOOPBACK,
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "any",
        "pool_mode": "transaction",
        "default_pool_size": SERVER_CONNECTIONS,
        "max_client_conn": 500,
        # It does not run as root.
        **({"user": pwd.getpwnam("nobody").pw_name} if os.geteuid() == 0 else {}),
    }
    lines = [f"{name} = {value}" for name, value in settings.items()]
    return (
        f"[databases]\n* = host={parts.hostname} port={parts.port} {login}\n\n[pgbouncer]\n" + "\n".join(lines) + "\n"
    )
