"""compose.yaml, up and running on an engine."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from dev.compose_test.engine import Engine
from dev.compose_test.shell import Shell

WAIT_SECONDS = "240"
IMAGE = "pickitchen:compose-test"
PROJECT = "pickitchen-test"
# What is built into the image.
RELEASE = {"version": "1.2.3", "commit": "c0ffee"}


@dataclass(frozen=True)
class Composition:
    engine: Engine
    shell: Shell
    env_file: Path

    def build(self, python_image: str, pip_settings: Path) -> None:
        args = {"PYTHON_IMAGE": python_image} | {f"RELEASE_{name.upper()}": value for name, value in RELEASE.items()}
        given = [word for name, value in args.items() for word in ("--build-arg", f"{name}={value}")]
        given += ["--secret", f"id=pip,src={pip_settings}"]
        self.docker("build", "--network", "host", *given, "-f", "docker/Dockerfile", "-t", IMAGE, ".")

    def up(self, *options: str) -> None:
        try:
            self.compose("up", "--detach", "--no-build", "--wait", "--wait-timeout", WAIT_SECONDS, *options)
        except BaseException:
            self.compose("ps", "--all", accept_failure=True)
            self.compose("logs", "--tail", "60", accept_failure=True)
            raise

    def down(self) -> None:
        self.compose("down", "--volumes", "--remove-orphans", accept_failure=True)

    def containers(self, service: str = "") -> list[str]:
        return self.compose("ps", "--quiet", *([service] if service else [])).split()

    def exit_codes(self) -> dict[str, int]:
        """Of the containers that have ended."""
        told = (json.loads(line) for line in self.compose("ps", "--all", "--format", "json").splitlines())
        return {one["Name"]: one["ExitCode"] for one in told if one["State"] == "exited"}

    def stop(self) -> None:
        self.compose("stop")

    def kill(self, container: str) -> None:
        self.docker("kill", "--signal", "KILL", container)

    def inside(self, service: str, *command: str) -> str:
        return self.compose("exec", "--no-TTY", service, *command)

    def memory(self) -> dict[str, str]:
        """Of each container, as the engine measures it."""
        lines = self.docker("stats", "--no-stream", "--format", "{{json .}}", *self.containers()).splitlines()
        told = [json.loads(line) for line in lines]
        return {one["Name"]: one["MemUsage"].partition(" /")[0] for one in sorted(told, key=lambda one: one["Name"])}

    def megabytes(self, image: str) -> float:
        return int(self.docker("image", "inspect", "--format", "{{.Size}}", image)) / 1e6

    def compose(self, *arguments: str, accept_failure: bool = False) -> str:
        program = Path(sys.executable).with_name("docker-compose")
        options = ["--project-name", PROJECT, "--env-file", str(self.env_file), "--file", "compose.yaml"]
        return self.shell.run([program, *options, *arguments], accept_failure=accept_failure)

    def docker(self, *arguments: str) -> str:
        return self.shell.run([self.engine.client, *arguments])
