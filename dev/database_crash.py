"""A PostgreSQL that dies as if its machine had: no goodbye to anybody, and its log to replay when it comes back."""

import signal
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from dev.children import Children
from dev.failure import Failure
from dev.postgres import start_postgres_again

RECOVERY_SECONDS = 60.0


@dataclass(frozen=True)
class EmbeddedPostgres:
    """One that `start_postgres` began in `folder`."""

    family: Children
    folder: Path
    url: str
    durable: bool

    def crash(self) -> None:
        child = next((child for child in self.family.running if child.name == "PostgreSQL"), None)
        if child is None:
            raise Failure("only a PostgreSQL of our own may be crashed: unset DATABASE_URL")
        # Its immediate shutdown: every session is cut, nothing is written any more.
        child.process.send_signal(signal.SIGQUIT)
        child.process.wait()
        self.family.stop(child)

    def come_back(self) -> float:
        """When it took connections again, by the monotonic clock."""
        start_postgres_again(self.family, self.folder, int(urlsplit(self.url).port or 0), durable=self.durable)
        deadline = time.monotonic() + RECOVERY_SECONDS
        while time.monotonic() < deadline:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.01)
            else:
                return time.monotonic()
        raise Failure(f"PostgreSQL is not back after {RECOVERY_SECONDS:.0f} s: read {self.folder / 'log'}")
