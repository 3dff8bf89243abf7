"""`make test`: the whole test suite on a PostgreSQL and a Valkey of its own, by a few processes at once.

Some tests (ARGS="-k word", a path, -n 0) run in one process.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress

from dev import command, interruption
from dev.bytecode import write_bytecode
from dev.children import Child, children
from dev.project import ROOT, VAR
from dev.servers import servers

SUMMARY_SECONDS = 15
# The tests of a file stay together, for what they set up once. Each process has a database of its own in both servers.
# One more than there are cores: many tests wait for the processes they started.
PROCESSES = min((os.cpu_count() or 1) + 1, 8)
IN_PARALLEL = ("-n", str(PROCESSES), "--dist", "loadfile", "--no-loadscope-reorder")


def main() -> int:
    write_bytecode()
    with children() as family, servers(family, "test", durable=False) as found:
        pytest = family.start(
            "pytest",
            [sys.executable, "-m", "pytest", *_options(sys.argv[1:])],
            VAR / "test" / "log" / "pytest.log",
            env={**os.environ, **found.environment()},
            cwd=ROOT,
            # It belongs to the person: the terminal, its Ctrl-C and the debugger are for it.
            start_new_session=False,
            stop_signal=signal.SIGINT,
            stdin=None,
            stdout=None,
            stderr=None,
        )
        return _wait(pytest)


def _options(words: list[str]) -> list[str]:
    """Starting several processes is worth it for the whole suite only."""
    chosen = any(not word.startswith("-") for word in words)
    return words if chosen else [*IN_PARALLEL, *words]


def _wait(pytest: Child) -> int:
    try:
        return pytest.process.wait()
    except interruption.Interrupted as interrupted:
        # From the terminal it reached pytest too, and a second one would cut its summary off.
        if interrupted.signum == signal.SIGINT:
            with interruption.held(), suppress(subprocess.TimeoutExpired):
                pytest.process.wait(SUMMARY_SECONDS)
        raise


if __name__ == "__main__":
    sys.exit(command.run(main))
