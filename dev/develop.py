"""`make dev`: the whole product with data that stays, restarted when a source file is saved, its logs in one stream."""

import argparse
import sys
import time
from dataclasses import dataclass, field

import environ

from dev import command, processes, stand_ins
from dev.children import Child, Children, children
from dev.free_port import free_port
from dev.log_tail import LogTail
from dev.narration import Narration
from dev.project import ROOT, VAR
from dev.servers import servers
from dev.source_files import SourceFiles

FOLDER = VAR / "dev"
USUAL_PORT = 8000
SOURCES = (ROOT / "apps", ROOT / "pickitchen")
LOOK_SECONDS = 0.2
FILES_EACH_LOOKS = 5
# Three lines each second, of a task that finds nothing to do.
HEARTBEAT = "apps.emoji.tasks.ring_due"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fakes", action="store_true", help="DashScope and OSS of our own instead of the mock")
    with_fakes = parser.parse_args().fakes
    narration = Narration()
    with children() as family, servers(family, "dev") as found:
        # After the servers were chosen: a copied .env.example names ones that need not run.
        environ.Env.read_env(ROOT / ".env")
        port = free_port(USUAL_PORT)
        env = processes.environment(found, port, FOLDER)
        if with_fakes:
            env |= stand_ins.start(family, FOLDER)
        with narration.step("Bring the database up to date"):
            processes.prepare(family, env, FOLDER)
        workshop = Workshop(family, narration, port, env)
        workshop.open()
        return workshop.work()


@dataclass
class Workshop:
    family: Children
    narration: Narration
    port: int
    env: dict[str, str]
    running: list[Child] = field(default_factory=list)
    fallen: set[str] = field(default_factory=set)

    def open(self) -> None:
        with self.narration.step("Start web server, worker and beat"):
            self.running = processes.start(self.family, self.port, self.env, FOLDER)
            processes.wait_until_ready(self.family, self.port)
        self._welcome()

    def work(self) -> int:
        """Until a signal ends it."""
        tail = LogTail({child.name: child.log for child in self.running}, self.narration.console, without=HEARTBEAT)
        sources = SourceFiles(SOURCES)
        looks = 0
        while True:
            tail.show_new()
            self._notice_fallen()
            if looks % FILES_EACH_LOOKS == 0 and (changed := sources.changed()):
                self._restart(", ".join(str(path.relative_to(ROOT)) for path in changed))
            looks += 1
            time.sleep(LOOK_SECONDS)

    def _restart(self, changed: str) -> None:
        self.narration.say(f"restarting: {changed}")
        self.family.stop(*(child for child in self.running if child in self.family.running))
        self.running = processes.start(self.family, self.port, self.env, FOLDER, keep_log=True)
        self.fallen.clear()

    def _notice_fallen(self) -> None:
        """A mistake in a source file ends our processes, not this command; without its servers it cannot go on."""
        for child in self.family.running:
            if child not in self.running:
                child.require_alive()
            elif child.ended and child.name not in self.fallen:
                self.fallen.add(child.name)
                self.narration.say(
                    f"{child.name} ended with exit code {child.process.returncode}: save a file to restart"
                )

    def _welcome(self) -> None:
        base_url = processes.base_url(self.port)
        admin = self.env.get("ADMIN_PATH", "admin")
        self.narration.say(f"API    {base_url}/api/v1")
        self.narration.say(f"Docs   {base_url}/docs")
        self.narration.say(f'Staff  {base_url}/{admin}/   (an account: make manage ARGS="createsuperuser")')
        self.narration.say(f"Ctrl-C stops everything; data and logs stay in {FOLDER}")


if __name__ == "__main__":
    sys.exit(command.run(main))
