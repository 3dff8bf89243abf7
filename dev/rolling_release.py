"""`make rolling-release OLD=v1.2`: a site of that commit is replaced by what is checked out here, under its customers.

As a release is rolled out: its migrations first, while the old code serves; then a web server and a worker of the new
code beside those of the old; then the rest.
"""

import argparse
import io
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

from dev import command
from dev.children import children
from dev.crowd import CUSTOMERS, Crowd, without_limits
from dev.empty_database import empty_database
from dev.failure import Failure
from dev.free_port import free_port
from dev.narration import Narration
from dev.production_site import Site, site, stop
from dev.project import ROOT, VAR
from dev.servers import servers

FOLDER = VAR / "rolling-release"
SHORT_SECONDS = 10.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", help="the commit that serves before")
    parser.add_argument("--minutes", type=float, default=2, help="how long old and new code serve side by side")
    told = parser.parse_args()
    narration = Narration()
    with children() as family, servers(family, "rolling-release") as found:
        running = site(family, found, FOLDER, free_port(), **without_limits(FOLDER))
        running.code = _code_of(told.old)
        with narration.step(f"Start the site as {told.old} has it"):
            empty_database(found.database_url)
            running.prepare()
            running.open()
        crowd = Crowd(running, seed=1)
        with narration.step(f"{CUSTOMERS} customers"):
            crowd.arrive()
            time.sleep(SHORT_SECONDS)
        _roll(running, narration, told.minutes * 60)
        crowd.leave()
        with narration.step("Wait for the last emoji, compare the books, check the invariants"):
            crowd.require_everything()
        stop(running, narration)
        narration.table(("what", "figure"), crowd.figures())
        return int(crowd.lost_reads > 0)


def _roll(running: Site, narration: Narration, seconds: float) -> None:
    running.code = ROOT
    with narration.step("Old code on new tables"):
        running.prepare()
        time.sleep(SHORT_SECONDS)
    with narration.step("Old and new code side by side"):
        _replace(running, "web-2", "worker-2")
        time.sleep(seconds)
    with narration.step("New code alone"):
        _replace(running, "web-1", "worker-1", "beat")
        time.sleep(SHORT_SECONDS)


def _replace(running: Site, *names: str) -> None:
    for name in names:
        running.replace(name)


def _code_of(commit: str) -> Path:
    """Raises Failure for a commit that is none."""
    archived = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True)
    if archived.returncode != 0:
        raise Failure(f"there is no commit {commit}: {archived.stderr.decode().strip()}")
    folder = FOLDER / "old"
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as tar:
        tar.extractall(folder, filter="data")
    return folder


if __name__ == "__main__":
    sys.exit(command.run(main))
