"""Create .venv with the pinned packages of requirements/dev.txt. Runs on the system's Python: standard library only.

Written to be readable by older Pythons as well, so that they can say what is missing instead of a syntax error.
"""

import fcntl
import hashlib
import importlib.util
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "pickitchen-installed"
REQUIREMENTS = ROOT / "requirements" / "dev.txt"
LOG = ROOT / "var" / "install.log"
LOCK = ROOT / "var" / "install.lock"
PIP = ("-m", "pip", "install", "--require-hashes", "--no-deps", "--disable-pip-version-check", "--no-input")
PLAIN_LINE_EACH = 20


class CannotInstall(Exception):
    pass


class Terminated(BaseException):
    pass


class ProgressLine:
    """One line that moves on a terminal; elsewhere a plain line now and then."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.moves = sys.stdout.isatty()

    def read(self, line: str) -> None:
        verb, _, rest = line.strip().partition(" ")
        if verb in ("Collecting", "Processing", "Ignoring"):
            self.done += 1
            self.show(re.split("==|[: ]", Path(rest).name)[0], self.done % PLAIN_LINE_EACH == 0)
        elif line.startswith("Installing collected packages"):
            self.show("unpacking", True)
        elif line.startswith("WARNING: Retrying"):
            self.show("the package index does not answer, trying again", True)

    def show(self, what: str, plain_too: bool) -> None:
        text = f"Installing packages: {self.done} of {self.total}, {what}"
        if self.moves:
            sys.stdout.write("\r\x1b[K" + text[:100])
            sys.stdout.flush()
        elif plain_too:
            print(text, flush=True)

    def end(self) -> None:
        if self.moves:
            sys.stdout.write("\r\x1b[K")
            sys.stdout.flush()


def main() -> int:
    try:
        require_python()
        if not is_installed():
            LOCK.parent.mkdir(exist_ok=True)
            with LOCK.open("a+") as lock:
                wait_for(lock)
                if not is_installed():
                    install(lock)
    except CannotInstall as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error}; .venv and var must be yours to write", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, Terminated) as interruption:
        print("\nstopped; the next run begins the installation anew", file=sys.stderr)
        return 143 if isinstance(interruption, Terminated) else 130
    return 0


def require_python() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what an older Python gets to run
        found = ".".join(map(str, sys.version_info[:3]))
        raise CannotInstall(
            f"PicKitchen needs Python 3.11 or newer, and {sys.executable} is {found}: "
            "name another one, as in `make demo PYTHON=python3.12`"
        )
    if not importlib.util.find_spec("venv") or not importlib.util.find_spec("ensurepip"):
        raise CannotInstall(
            "this Python has no venv module: install it (Debian and Ubuntu: apt-get install python3-venv), "
            "then run make again"
        )


def wanted_stamp() -> str:
    """Scripts in .venv name its path, so a moved clone needs a new one."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return hashlib.sha256(REQUIREMENTS.read_bytes() + version.encode() + str(VENV).encode()).hexdigest()


def is_installed() -> bool:
    """A link to a Python that was removed since does not exist."""
    return (VENV / "bin" / "python").exists() and STAMP.exists() and STAMP.read_text() == wanted_stamp()


def wait_for(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another command of this clone is installing the packages: waiting for it", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


def install(lock: IO[str]) -> None:
    """The stamp comes last, so whatever interrupts this, the next run begins anew."""
    began = time.monotonic()
    print("Setting up .venv with the pinned packages (once)", flush=True)
    shutil.rmtree(str(VENV), ignore_errors=True)
    with LOG.open("wb") as log:
        run([sys.executable, "-m", "venv", str(VENV)], log, lock)
    install_packages(lock)
    STAMP.write_text(wanted_stamp())
    print(f"Packages installed in {time.monotonic() - began:.0f} s", flush=True)


def run(command: "list[str]", log: IO[bytes], lock: IO[str]) -> None:
    if subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, pass_fds=[lock.fileno()]).returncode != 0:
        raise CannotInstall(f"the virtual environment could not be created: read {LOG}")


def install_packages(lock: IO[str]) -> None:
    progress = ProgressLine(len(re.findall(r"^\w.*==", REQUIREMENTS.read_text(), re.MULTILINE)))
    command = [str(VENV / "bin" / "python"), *PIP, "--progress-bar=off", "-r", str(REQUIREMENTS)]
    last_error = ""
    with LOG.open("ab") as log, pip(command, lock) as process:
        try:
            for line in process.stdout or ():
                log.write(line)
                text = line.decode(errors="replace")
                last_error = text.strip() if text.startswith("ERROR:") else last_error
                progress.read(text)
        except BaseException:
            process.terminate()
            raise
        finally:
            progress.end()
    if process.returncode != 0:
        raise CannotInstall(
            f"pip could not install the packages ({last_error or 'it was stopped'}): "
            f"check the network and pip's own settings, then run make again; all pip said is in {LOG}"
        )


def pip(command: "list[str]", lock: IO[str]) -> "subprocess.Popen[bytes]":
    """It keeps the lock open: were this process killed, the next one would wait for pip instead of clashing with it."""
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=[lock.fileno()])


def terminate(*_: Any) -> None:
    raise Terminated


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, terminate)
    sys.exit(main())
