"""PostgreSQL and Redis for one command: the ones the environment names, else embedded ones that end with it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

from dev.children import Children
from dev.failure import Failure
from dev.postgres import start_postgres
from dev.project import VAR
from dev.valkey import start_valkey


@dataclass(frozen=True)
class Servers:
    database_url: str
    redis_url: str

    @property
    def both_given(self) -> bool:
        given = (os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL"))
        return given == (self.database_url, self.redis_url)

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


class InUse(Failure):
    """Another process of this clone holds the folder."""


@contextmanager
def servers(children: Children, purpose: str, *, durable: bool = True, var: Path = VAR) -> Iterator[Servers]:
    """`purpose` names the command; each has data of its own, and only one process at a time may use it."""
    folder = var / purpose
    with _locked(folder, purpose), _stopped_at_the_end(children):
        found = Servers(
            _own_database() or start_postgres(children, folder, durable=durable),
            _own_redis() or start_valkey(children, folder),
        )
        _publish(folder, found)
        yield found


def running_servers(purpose: str, var: Path = VAR) -> Servers:
    """Those of the process that holds the lock."""
    return Servers(**json.loads(_address_file(var / purpose).read_text()))


@contextmanager
def _stopped_at_the_end(children: Children) -> Iterator[None]:
    """Everything, before the lock goes: the next command would find our servers still running."""
    try:
        yield
    finally:
        children.stop_all()


@contextmanager
def _locked(folder: Path, purpose: str) -> Iterator[None]:
    """The system lets go of the lock with the process, however it ends: there is no stale lock."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise InUse(
                f"`make {purpose}` of this clone already runs as process {lock.read() or 'unknown'}: wait, or stop it"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _publish(folder: Path, found: Servers) -> None:
    path = _address_file(folder)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(found)))


def _address_file(folder: Path) -> Path:
    return folder / "servers.json"


def _own_database() -> str:
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return ""
    if urlsplit(url).scheme not in ("postgres", "postgresql"):
        raise Failure(
            "DATABASE_URL must begin with postgresql://; unset it to use the server that comes with the project"
        )
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.Error as error:
        raise _silent("DATABASE_URL", url, error) from error
    return url


def _own_redis() -> str:
    url = os.environ.get("REDIS_URL", "")
    if not url:
        return ""
    try:
        with redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise _silent("REDIS_URL", url, error) from error
    return url


def _silent(variable: str, url: str, error: Exception) -> Failure:
    parts = urlsplit(url)
    where = parts.netloc.rpartition("@")[2] + parts.path
    why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return Failure(f"no server answers at {variable} ({where}): {why}; start it, or unset {variable} to use ours")
