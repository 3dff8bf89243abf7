"""No process outlives the command that started it, however that one ends."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dev import process_table
from dev.children import children
from dev.failure import Failure
from dev.project import ROOT

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
]
LAUNCH = """
import sys, time
from pathlib import Path
from dev.children import children
with children() as family:
    child = family.start("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], Path(sys.argv[1]))
    print(child.process.pid, flush=True)
    time.sleep(60)
"""


def wait_until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_children_end_with_their_block(tmp_path: Path) -> None:
    with children() as family:
        child = family.start("sleeper", SLEEP, tmp_path / "log")
        assert not child.ended
    assert child.process.returncode == -signal.SIGTERM


def test_a_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    with children() as family:
        child = family.start("deaf", STUBBORN, tmp_path / "log", grace_seconds=0.2)
        while "deaf" not in child.log.read_text():
            time.sleep(0.02)
    assert child.process.returncode == -signal.SIGKILL


def test_a_child_that_died_is_named_with_its_log(tmp_path: Path) -> None:
    with children() as family:
        child = family.start("web", [sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "web.log")
        child.process.wait()
        with pytest.raises(Failure, match=r"web ended with exit code 3: read .*web\.log"):
            family.require_alive()


def test_children_end_with_a_launcher_that_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LAUNCH, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as launcher:
        assert launcher.stdout is not None
        pid = int(launcher.stdout.readline())
        # The system may still be at putting the program in its place.
        wait_until(lambda: process_table.lives(pid))
        launcher.kill()
    wait_until(lambda: not process_table.lives(pid))
