"""The images below ours: the real ones, or, where no registry can be reached, stand-ins from Debian.

A stand-in proves how compose.yaml wires a server, not how its maker packs it. It has a name of its own, so that nobody
takes it for the real one.
"""

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dev.compose_test.engine import Engine, NoEngine, require_containers
from dev.compose_test.shell import Shell
from dev.failure import Failure

REAL = {
    "PYTHON_IMAGE": "python:3.13-slim",
    "POSTGRES_IMAGE": "postgres:17",
    "VALKEY_IMAGE": "valkey/valkey:8",
    "NGINX_IMAGE": "nginx:1.28",
}
RELEASE = "trixie"
PYTHON = "pickitchen-stand-in/python:3.13"
SERVERS = "pickitchen-stand-in/servers:1"
STAND_INS = {name: PYTHON if name == "PYTHON_IMAGE" else SERVERS for name in REAL}
PACKAGES = ("python3", "python3-venv", "python3-pip", "python3-dev", "ca-certificates")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PULL_SECONDS = 300.0
PIP_NAMES = ("index-url", "extra-index-url", "trusted-host", "default-timeout")
QUOTE = "'"


@dataclass(frozen=True)
class BaseImages:
    """`names` are what compose.yaml takes from the environment."""

    names: dict[str, str]
    are_stand_ins: bool


def base_images(engine: Engine, shell: Shell, cache: Path) -> BaseImages:
    """Raises NoEngine when there is nothing to be had that a container could be made of, or none runs."""
    if all(_is_there(engine, shell, name) for name in REAL.values()):
        require_containers(engine, shell, REAL["PYTHON_IMAGE"])
        return BaseImages(REAL, are_stand_ins=False)
    if not shutil.which("debootstrap") or os.geteuid() != 0:
        raise NoEngine("the base images cannot be pulled, and only root with Debian's debootstrap can make stand-ins")
    try:
        debian = _debian(shell, cache)
    except Failure as error:
        raise NoEngine(f"the base images cannot be pulled, and no stand-ins can be made: {error}") from error
    _import_python(engine, shell, debian)
    require_containers(engine, shell, PYTHON)
    context = Path(__file__).parent
    shell.run(
        [engine.client, "build", "-q", "--network", "host", "--build-arg", f"BASE={PYTHON}", "-t", SERVERS, context]
    )
    return BaseImages(STAND_INS, are_stand_ins=True)


def _is_there(engine: Engine, shell: Shell, image: str) -> bool:
    if shell.succeeds([engine.client, "image", "inspect", image]):
        return True
    return shell.succeeds([engine.client, "pull", "-q", image], seconds=PULL_SECONDS)


def _debian(shell: Shell, cache: Path) -> Path:
    """A small Debian with Python, as a tar file; made once for each clone."""
    tar = cache / f"{RELEASE}.tar"
    if not tar.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="pickitchen-debian-") as folder:
            root = Path(folder) / "root"
            options = ["--variant=minbase", f"--include={','.join(PACKAGES)}"]
            shell.run(["debootstrap", *options, RELEASE, root, _mirror(shell)])
            _make_it_like_pythons_image(root)
            shell.run(["tar", "-C", root, "-cf", tar.with_suffix(".unfinished"), "."])
        tar.with_suffix(".unfinished").rename(tar)
    return tar


def _make_it_like_pythons_image(root: Path) -> None:
    for marker in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        marker.unlink()
    for name in ("python", "pip"):
        (root / "usr/local/bin" / name).symlink_to(f"/usr/bin/{name}3")
    bundle = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
    if bundle.exists():
        shutil.copyfile(bundle, root / "etc/ssl/certs/ca-certificates.crt")
    (root / "etc/apt/apt.conf.d/99dates").write_text('Acquire::Check-Valid-Until "false";\n')


def _mirror(shell: Shell) -> str:
    """The one that apt of this machine is set up with."""
    asked = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Origin: Debian", "Created-By: Packages"]
    found = [line for line in shell.run(asked).split() if "security" not in line]
    if not found:
        raise Failure("apt of this machine names no Debian mirror: run apt-get update")
    return found[0]


def _import_python(engine: Engine, shell: Shell, tar: Path) -> None:
    shell.run([engine.client, "import", "-c", f"ENV PATH={PATH}", tar, PYTHON])


def pip_settings(shell: Shell, folder: Path) -> Path:
    """Where pip of this machine finds packages, for the build's secret mount. It may hold a login."""
    lines = shell.run([sys.executable, "-m", "pip", "config", "list"]).splitlines()
    told = dict(line.split(".", 1)[-1].split("=", 1) for line in lines if "=" in line)
    # A folder of this machine is not there while an image is built.
    settings = [f"{name} = {told[name].strip(QUOTE)}" for name in PIP_NAMES if "file:" not in told.get(name, "file:")]
    path = folder / "pip.conf"
    path.touch(mode=0o600)
    path.write_text("\n".join(["[global]", *settings, ""]))
    return path
