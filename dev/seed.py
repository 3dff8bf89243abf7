"""`make seed`: people for the back-office of `make dev`: with purchases, subscriptions, refunds, emoji, cancels.

The emoji are made when `make dev` runs, or by its next run.
"""

import argparse
import os
import subprocess
import sys

from dev import command
from dev.manage import servers_of_dev
from dev.project import ROOT, VAR

PHOTOS = VAR / "dev" / "photos"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=12)
    code = f"from dev.seed_people import fill; print(fill({parser.parse_args().users}))"
    with servers_of_dev() as found:
        env = {**os.environ, **found.environment(), "LOCAL_PHOTO_DIR": str(PHOTOS), "LOG_LEVEL": "WARNING"}
        shell = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code]
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=env, check=True)
        return subprocess.run(shell, cwd=ROOT, env=env).returncode


if __name__ == "__main__":
    sys.exit(command.run(main))
