"""`make manage ARGS=...`: Django's command line on the data of `make dev`, whether that runs just now or not."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dev import command, postgres_home
from dev.children import children
from dev.project import ROOT
from dev.servers import InUse, Servers, running_servers, servers


def main() -> int:
    with servers_of_dev() as found:
        # Backups want PostgreSQL's own tools, no older than the server.
        path = f"{postgres_home.programs()}{os.pathsep}{os.environ.get('PATH', '')}"
        env = {**os.environ, **found.environment(), "PATH": path}
        return subprocess.run([sys.executable, "manage.py", *sys.argv[1:]], cwd=ROOT, env=env).returncode


@contextmanager
def servers_of_dev() -> Iterator[Servers]:
    """Those that run, or else started for as long as they are used."""
    with children() as family:
        try:
            with servers(family, "dev") as found:
                yield found
        except InUse:
            yield running_servers("dev")


if __name__ == "__main__":
    sys.exit(command.run(main))
