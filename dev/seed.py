"""`make seed`: people for the back-office of `make dev`: with purchases, subscriptions, refunds, emoji, cancels.

The emoji are made when `make dev` runs, or by its next run.
"""

import argparse
import os
import subprocess
import sys

import environ

from dev import command
from dev.manage import servers_of_dev
from dev.project import ROOT, VAR
from dev.servers import Servers

PHOTOS = VAR / "dev" / "photos"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=12)
    code = f"from dev.seed_people import fill; print(fill({parser.parse_args().users}))"
    with servers_of_dev() as found:
        # As `make dev` reads it: after the servers were chosen.
        environ.Env.read_env(ROOT / ".env")
        env = environment(found)
        shell = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code]
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=env, check=True)
        return subprocess.run(shell, cwd=ROOT, env=env).returncode


def environment(servers: Servers) -> dict[str, str]:
    """Photos lie where `make dev` looks for them: in its own folder, or where the person has said."""
    return {"LOCAL_PHOTO_DIR": str(PHOTOS), **os.environ, **servers.environment(), "LOG_LEVEL": "WARNING"}


if __name__ == "__main__":
    sys.exit(command.run(main))
