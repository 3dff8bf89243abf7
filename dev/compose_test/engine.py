"""A Docker engine: the one that answers, else Debian's, started for this run on a socket and a folder of its own."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev.children import Child, Children
from dev.compose_test.shell import Shell
from dev.failure import Failure

START_SECONDS = 60.0
PACKAGES = ("docker.io", "iptables", "debootstrap")
# Debian's client builds with the engine's own BuildKit; a newer one without its buildx plugin would not.
DEBIANS_CLIENT = Path("/usr/bin/docker")


# What compose.yaml asks of an engine, as options of `docker run`.
LIKE_COMPOSE = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges:true", "--tmpfs=/tmp")
LIMITED = ("--memory=64m", "--cpus=0.5", "--pids-limit=16")
TRIAL = "pickitchen-trial"


class NoEngine(Failure):
    """None answers and none can be started here, or the machine does not let it work; nothing was tested."""


@dataclass(frozen=True)
class Engine:
    client: Path
    env: dict[str, str]
    is_ours: bool


@contextmanager
def engine(family: Children, folder: Path) -> Iterator[Engine]:
    given = shutil.which("docker")
    shell = Shell(folder / "log" / "engine.log", {})
    if given and shell.succeeds([given, "info"]):
        yield Engine(Path(given), {"DOCKER_BUILDKIT": "1"}, is_ours=False)
        return
    _require_debian_and_root()
    _install(shell)
    data = Path(tempfile.mkdtemp(prefix="pickitchen-engine-"))
    packet_filter = data / "iptables"
    packet_filter.write_text(shell.run(["iptables-save"], accept_failure=True))
    try:
        yield _started(family, folder / "log" / "dockerd.log", data)
    finally:
        family.stop_all()
        # An engine leaves its rules behind, and one that forwards nothing for others.
        shell.run(["iptables-restore", packet_filter], accept_failure=True)
        shutil.rmtree(data, ignore_errors=True)


def require_containers(engine: Engine, shell: Shell, image: str) -> None:
    """Raises NoEngine when it runs none of the kind that compose.yaml asks for: a machine may keep that from it."""
    shell.run([engine.client, "network", "rm", TRIAL], accept_failure=True)
    try:
        shell.run([engine.client, "network", "create", TRIAL])
        shell.run([engine.client, "run", "--rm", f"--network={TRIAL}", *LIKE_COMPOSE, *LIMITED, image, "true"])
    except Failure as error:
        raise NoEngine(f"the Docker engine runs no limited container on this machine: {error}") from error
    finally:
        shell.run([engine.client, "network", "rm", TRIAL], accept_failure=True)


def _require_debian_and_root() -> None:
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NoEngine(
            "no Docker engine answers, and only root on Debian can start one here: start yours (docker info)"
        )


def _install(shell: Shell) -> None:
    if shutil.which("dockerd") and DEBIANS_CLIENT.exists() and shutil.which("debootstrap"):
        return
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
    if not (shell.succeeds(["apt-get", "update", "-qq"], seconds=120) and shell.succeeds(install, seconds=300)):
        raise NoEngine(f"Debian's engine ({', '.join(PACKAGES)}) could not be installed: read {shell.log}")


def _started(family: Children, log: Path, data: Path) -> Engine:
    address = f"unix://{data}/socket"
    # Without a bridge of its own: the network of each composition comes and goes with it.
    folders: list[str | Path] = ["--data-root", data / "data", "--exec-root", data / "exec", "--pidfile", data / "pid"]
    command: list[str | Path] = ["dockerd", *folders, "--bridge", "none", "-H", address]
    child = family.start("dockerd", command, log, grace_seconds=40)
    env = {"DOCKER_HOST": address, "DOCKER_BUILDKIT": "1"}
    if not _answers(child, Shell(log.with_name("engine.log"), env)):
        raise NoEngine(f"a Docker engine does not start on this machine: read {log}")
    return Engine(DEBIANS_CLIENT, env, is_ours=True)


def _answers(child: Child, shell: Shell) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while not child.ended and time.monotonic() < deadline:
        if shell.succeeds([DEBIANS_CLIENT, "info"]):
            return True
        time.sleep(0.3)
    return False
