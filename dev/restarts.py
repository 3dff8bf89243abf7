"""`make restarts`: customers on a production site, whose processes are asked to stop and started anew without a pause.

One after the other, at random: a web server, a worker, or beat; nobody is cut off, and nobody should notice.
"""

import argparse
import random
import signal
import sys
import time
from dataclasses import dataclass, field

from dev import command
from dev.children import children
from dev.crowd import CUSTOMERS, Crowd, without_limits
from dev.empty_database import empty_database
from dev.free_port import free_port
from dev.narration import Narration
from dev.production_site import Site, site, stop
from dev.project import VAR
from dev.servers import servers

FOLDER = VAR / "restarts"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", default="", help="the beginning of a name: worker")
    told = parser.parse_args()
    narration = Narration()
    narration.say(f"seed {told.seed}")
    with children() as family, servers(family, "restarts") as found:
        running = site(family, found, FOLDER, free_port(), **without_limits(FOLDER))
        with narration.step("Start the site"):
            empty_database(found.database_url)
            running.prepare()
            running.open()
        crowd, restarts = Crowd(running, told.seed), Restarts(running, told.only, random.Random(told.seed))  # noqa: S311 - repeatable
        with narration.step(f"{CUSTOMERS} customers, and one restart after the other, for {told.minutes:g} min"):
            crowd.arrive()
            restarts.go_on(told.minutes * 60)
            crowd.leave()
        with narration.step("Wait for the last emoji, compare the books, check the invariants"):
            crowd.require_everything()
        stop(running, narration)
        narration.table(("what", "figure"), [*restarts.figures(), *crowd.figures()])
    return int(crowd.lost_reads > 0 or bool(restarts.cut_off))


@dataclass
class Restarts:
    site: Site
    only: str
    chance: random.Random
    seconds: list[float] = field(default_factory=list)
    cut_off: list[str] = field(default_factory=list)

    def go_on(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._one(self.chance.choice(self._names()))

    def figures(self) -> list[tuple[str, str]]:
        return [
            ("restarts", f"{len(self.seconds)}"),
            ("the longest from the word to stop until it runs again", f"{max(self.seconds):.1f} s"),
            ("cut off, because they did not stop", ", ".join(self.cut_off) or "0"),
        ]

    def _one(self, name: str) -> None:
        began, before = time.monotonic(), self.site.running[name]
        self.site.replace(name)
        self.seconds.append(time.monotonic() - began)
        if before.process.returncode == -signal.SIGKILL:
            self.cut_off.append(name)

    def _names(self) -> list[str]:
        return sorted(name for name in self.site.running if name != "nginx" and name.startswith(self.only))


if __name__ == "__main__":
    sys.exit(command.run(main))
