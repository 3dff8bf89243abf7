"""The product as production runs it, on loopback and without containers: nginx, two web servers, two workers, beat.

What an engine's restart rule does for containers, `tend` does here.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import requests

from dev import stand_ins
from dev.bytecode import write_bytecode
from dev.children import Child, Children
from dev.failure import Failure
from dev.free_port import LOOPBACK, free_port
from dev.loopback_http import loopback_session
from dev.narration import Narration
from dev.new_secrets import new_secrets
from dev.nginx import start_nginx
from dev.processes import beat, web, worker
from dev.project import ROOT
from dev.servers import Servers

WEB_SERVERS = 2
WORKERS = 2
READY_SECONDS = 180.0
# More than WORKER_FINISHES_SECONDS and than what granian gives its worker.
GRACE_SECONDS = 45
# Of a Celery worker, in its log.
READY = b"ready."


@dataclass
class Site:
    """`env` is what every process of the product gets; `starts` how to start each one anew; `code` what it is then."""

    family: Children
    folder: Path
    port: int
    env: dict[str, str]
    code: Path = ROOT
    web_ports: dict[str, int] = field(default_factory=dict)
    starts: dict[str, Callable[[bool], Child]] = field(default_factory=dict)
    running: dict[str, Child] = field(default_factory=dict)
    restarts: int = 0

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        """What a release does before its processes start."""
        write_bytecode(self.code)
        self.manage("collectstatic", "--no-input", "--verbosity", "0")
        self.manage("migrate", "--no-input", "--verbosity", "0")
        self.manage("check", "--deploy")

    def open(self) -> None:
        self.web_ports = {f"web-{number}": free_port() for number in range(1, WEB_SERVERS + 1)}
        # One process each, so that another is there when a whole server dies.
        commands = {name: web(port, processes=1) for name, port in self.web_ports.items()}
        commands |= {f"worker-{number}": [*worker(), "-n", f"worker-{number}@%h"] for number in range(1, WORKERS + 1)}
        commands |= {"beat": beat()}
        for name, command in commands.items():
            self.starts[name] = self._starter(name, command)
        ports = list(self.web_ports.values())
        self.starts["nginx"] = lambda keep: start_nginx(self.family, self.folder, self.port, ports, keep_log=keep)
        self.running = {name: start(False) for name, start in self.starts.items()}
        self._wait_for(f"{self.base_url}/readyz")

    def close(self) -> list[str]:
        """The proxy first, so that it ends what is open. The names of those that did not end by themselves.

        Valkey, where it is kept, goes last: workers hand back to it what they have not finished.
        """
        last = [name for name in self.running if name == "Valkey"]
        product = [name for name in self.running if name not in ("nginx", *last)]
        ended = {name: child for names in (["nginx"], product, last) for name, child in self._stopped(names).items()}
        return [name for name, child in ended.items() if child.process.returncode == -signal.SIGKILL]

    def tend(self) -> None:
        """Start again what has died."""
        for name, child in list(self.running.items()):
            if child.ended:
                self.family.stop(child)
                self.running[name] = self.starts[name](True)
                self.restarts += 1

    def replace(self, name: str) -> None:
        """Ask it to end, and start it anew; a web server serves, and a worker works, when this returns."""
        before = self.running[name]
        self.family.stop(before)
        told = before.log.stat().st_size
        self.running[name] = self.starts[name](True)
        if name in self.web_ports:
            self._wait_for(f"http://{LOOPBACK}:{self.web_ports[name]}/healthz")
        elif name.startswith("worker"):
            self._wait_until(lambda: READY in before.log.read_bytes()[told:], f"{name} does not get ready")

    def manage(self, *arguments: str) -> str:
        """Django's command line; raises Failure with its last words."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=self.code, env=self.env, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise Failure(f"manage.py {arguments[0]} failed:\n{(done.stdout + done.stderr).strip()[-2000:]}")
        return done.stdout

    def _stopped(self, names: list[str]) -> dict[str, Child]:
        children = {name: self.running.pop(name) for name in names}
        self.family.stop(*children.values())
        return children

    def _starter(self, name: str, command: list[str]) -> Callable[[bool], Child]:
        log = self.folder / "log" / f"{name}.log"
        return lambda keep: self.family.start(
            name, command, log, env=self.env, cwd=self.code, grace_seconds=GRACE_SECONDS, keep_log=keep
        )

    def _wait_for(self, url: str) -> None:
        self._wait_until(lambda: _answers(url), f"{url} does not answer")

    def _wait_until(self, happens: Callable[[], bool], complaint: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            self.family.pause(0.1)
            if happens():
                return
        raise Failure(f"{complaint} after {READY_SECONDS:.0f} s: read {self.folder / 'log'}")


def _answers(url: str) -> bool:
    try:
        return loopback_session().get(url, timeout=5).ok
    except requests.RequestException:
        return False


def site(family: Children, servers: Servers, folder: Path, port: int, **more: str) -> Site:
    """With settings of production, new secrets, and stand-ins for the vendors that answer at once."""
    env = {
        **os.environ,
        **new_secrets(),
        **stand_ins.start(family, folder, stand_ins.AT_ONCE),
        **servers.environment(),
        "DJANGO_SETTINGS_MODULE": "pickitchen.settings",
        "ENVIRONMENT": "production",
        "DEBUG": "false",
        "ALLOWED_HOSTS": LOOPBACK,
        "PUBLIC_BASE_URL": f"https://{LOOPBACK}:{port}",
        "BEHIND_TLS_PROXY": "true",
        "NUM_PROXIES": "1",
        # The vendors' stand-ins are here.
        "PLAIN_HTTP_HOSTS": LOOPBACK,
        "PYTHONUNBUFFERED": "1",
        **more,
    }
    return Site(family, folder, port, env)


def stop(running: Site, narration: Narration) -> None:
    with narration.step("Stop gracefully") as step:
        left = running.close()
        step.outcome = f"cut off: {', '.join(left)}" if left else "everything ended by itself"
