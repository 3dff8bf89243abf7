"""`.ci/run` with a make and a Python that do nothing but note what they were asked, and fail or dawdle when told to."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from dev import process_table
from tests.journeys.conftest import wait_until

ROOT = Path(__file__).parent.parent
PATIENCE_SECONDS = 60
# It fails, or dawdles, when one of its words is the one it is told: FAIL=test.
STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >> "$NOTES"
for word; do
    [ "$word" != "${DAWDLE:-}" ] || { echo $$ > "$NOTES.pid"; mv "$NOTES.pid" "$NOTES.dawdles"; exec sleep 600; }
    [ "$word" != "${FAIL:-}" ] || { echo "$word is wrong"; exit "${CODE:-2}"; }
done
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """With everything that it would else install."""
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    names = ("make", "chromium", "promtool", "pgbouncer", "apt-get")
    programs = [*(f"bin/{name}" for name in names), ".venv/bin/python"]
    for program in map(tmp_path.joinpath, programs):
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(STAND_IN)
        program.chmod(0o755)
    (tmp_path / "bin" / "python3").symlink_to(sys.executable)
    return tmp_path


@dataclass
class Run:
    """`.ci/run` of this clone; what it says goes to a file, which nobody who lives on can hold up."""

    clone: Path

    def start(self, **told: str) -> "subprocess.Popen[bytes]":
        env = {"PATH": f"{self.clone / 'bin'}:{os.defpath}", "NOTES": str(self.clone / "notes"), **told}
        with self._output.open("wb") as output:
            return subprocess.Popen([self.clone / ".ci/run"], env=env, stdout=output, stderr=subprocess.STDOUT)

    def code(self, **told: str) -> int:
        return self.start(**told).wait(PATIENCE_SECONDS)

    @property
    def said(self) -> str:
        return self._output.read_text()

    @property
    def asked(self) -> list[str]:
        lines = (self.clone / "notes").read_text().splitlines()
        return [line.partition(" PYTHON=")[0] for line in lines]

    @property
    def _output(self) -> Path:
        return self.clone / "said"


@pytest.fixture
def run(clone: Path) -> Run:
    return Run(clone)


def test_everything_is_checked(run: Run) -> None:
    assert (run.code(), run.said) == (0, "")
    assert run.asked[:2] == ["make install", "make -j2 static"]
    assert sorted(run.asked[2:]) == ["make alerts test-pgbouncer", "make test", "python -m dev.compose_test"]


@pytest.mark.parametrize("step", ["install", "static", "test", "test-pgbouncer", "dev.compose_test"])
def test_whatever_fails_it_fails_and_tells_it(run: Run, step: str) -> None:
    assert run.code(FAIL=step) == 2
    assert f"{step} is wrong\n" in run.said


def test_without_containers_it_is_content_and_says_so(run: Run) -> None:
    assert run.code(FAIL="dev.compose_test", CODE="3") == 0
    assert "note: the image was not built" in run.said


@pytest.mark.parametrize("step", ["install", "test-pgbouncer"])
def test_what_runs_beside_ends_with_it(run: Run, step: str) -> None:
    process, dawdles = run.start(DAWDLE=step), run.clone / "notes.dawdles"
    wait_until(dawdles.exists, "it is under way")
    pid = int(dawdles.read_text())
    try:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        wait_until(lambda: not process_table.lives(pid), "it has ended")
    finally:
        process_table.stop(pid, signal.SIGKILL)
