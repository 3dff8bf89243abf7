"""`make chaos`: customers on a production site, while one process after the other is killed without warning.

Any process but PostgreSQL's: nginx and its workers, web servers and theirs, Celery's workers and theirs, beat, Valkey.
"""

import argparse
import os
import random
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dev import command, process_table
from dev.children import Child, Children, children
from dev.crowd import CUSTOMERS, Crowd, without_limits
from dev.customer import OK
from dev.failure import Failure
from dev.free_port import free_port
from dev.narration import Narration
from dev.production_site import Site, site, stop
from dev.project import VAR
from dev.servers import Servers, servers
from dev.valkey import start_valkey_at

FOLDER = VAR / "chaos"
# So long a process may live between two kills; the site needs some of it to come back.
BETWEEN_SECONDS = (0.5, 4.0)
# Of the reads, with one repetition, as a phone makes it when its connection broke.
LEAST_READS_PERCENT = 99.9


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--spare", help="a name that nothing happens to: nginx")
    told = parser.parse_args()
    narration = Narration()
    narration.say(f"seed {told.seed}")
    with children() as family, servers(family, "chaos") as found:
        running = site(family, found, FOLDER, free_port(), **without_limits(FOLDER))
        with narration.step("Start the site"):
            running.prepare()
            running.open()
            keep_valkey(running, found)
        crowd, killer = Crowd(running, told.seed), Killer(running, random.Random(told.seed), told.spare)  # noqa: S311 - repeatable
        with narration.step(f"{CUSTOMERS} customers, and a kill every few seconds, for {told.minutes:g} min"):
            crowd.arrive()
            killer.rage(told.minutes * 60)
            crowd.leave()
        with narration.step("Wait for the last emoji, compare the books, check the invariants"):
            crowd.require_everything()
        stop(running, narration)
        return _report(narration, crowd, killer)


@dataclass
class Killer:
    running: Site
    chance: random.Random
    spared: str | None = None
    kills: Counter[str] = field(default_factory=Counter)

    def rage(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._tend_for(self.chance.uniform(*BETWEEN_SECONDS))
            name, pid = self.chance.choice(self._victims())
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.kills[name] += 1

    def _tend_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.running.tend()
            time.sleep(0.05)

    def _victims(self) -> list[tuple[str, int]]:
        """Of each service one, so that those of many processes do not take all the blows."""
        running = sorted((name, child) for name, child in self.running.running.items() if name != self.spared)
        return [(name, self.chance.choice(_processes(child))) for name, child in running]


def keep_valkey(running: Site, found: Servers) -> None:
    """Started again like the rest; it comes back empty."""
    child = next((child for child in running.family.running if child.name == "Valkey"), None)
    if child is None:
        raise Failure("the chaos needs a Valkey of its own: unset REDIS_URL")
    address = urlsplit(found.redis_url)
    port, password = int(address.port or 0), str(address.password)
    running.running["Valkey"] = child
    running.starts["Valkey"] = lambda _: _valkey(running.family, child.log, port, password)


def _valkey(family: Children, log: Path, port: int, password: str) -> Child:
    return start_valkey_at(family, log, port, password)


def _processes(child: Child) -> list[int]:
    return process_table.group(child.process.pid) or [child.process.pid]


def _report(narration: Narration, crowd: Crowd, killer: Killer) -> int:
    reads, kills = crowd.reads, killer.kills
    first, second = _percent(reads[OK], reads.total()), _percent(reads.total() - crowd.lost_reads, reads.total())
    narration.table(
        ("what", "figure"),
        [
            ("kills", f"{kills.total()}: " + ", ".join(f"{n} {name}" for name, n in sorted(kills.items()))),
            ("reads", f"{reads.total():,}"),
            ("answered at the first try", f"{first:.3f} %"),
            ("answered at the second try at the latest", f"{second:.3f} %"),
            ("what came instead at the first", ", ".join(f"{n} {what}" for what, n in reads.items() if what != OK)),
            ("orders acknowledged, all made and paid once", f"{crowd.orders:,}"),
            ("orders and purchases sent again", f"{crowd.repeats:,}"),
            ("invariants broken", "0"),
        ],
    )
    if second < LEAST_READS_PERCENT:
        narration.say(f"fewer than {LEAST_READS_PERCENT} % of the reads were answered")
    return int(second < LEAST_READS_PERCENT)


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


if __name__ == "__main__":
    sys.exit(command.run(main))
