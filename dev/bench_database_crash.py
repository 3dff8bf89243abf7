"""`make bench-database-crash`: how soon customers are served again when PostgreSQL has crashed and is back."""

import argparse
import statistics
import sys
import time

from dev import command
from dev.children import children
from dev.crowd import CUSTOMERS, Crowd, without_limits
from dev.database_crash import EmbeddedPostgres
from dev.failure import Failure
from dev.free_port import free_port
from dev.narration import Narration
from dev.production_site import site, stop
from dev.project import VAR
from dev.servers import servers

PURPOSE = "bench-database-crash"
FOLDER = VAR / PURPOSE
BEFORE_SECONDS, AWAY_SECONDS, LONGEST_SECONDS = 4.0, 5.0, 60.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    narration = Narration()
    with children() as family, servers(family, PURPOSE) as found:
        running = site(family, found, FOLDER, free_port(), **without_limits(FOLDER))
        with narration.step("Start the site"):
            running.prepare()
            running.open()
        crowd = Crowd(running, seed=1)
        crowd.arrive()
        database = EmbeddedPostgres(family, FOLDER, found.database_url, durable=True)
        with narration.step(f"{CUSTOMERS} customers, {rounds} crashes, {AWAY_SECONDS:.0f} s each"):
            waits = [_crash(crowd, database) for _ in range(rounds)]
        crowd.leave()
        with narration.step("Wait for the last emoji, compare the books, check the invariants"):
            crowd.require_everything()
        stop(running, narration)
    _report(narration, crowd, waits)
    return 0


def _crash(crowd: Crowd, database: EmbeddedPostgres) -> float:
    """Seconds from the first connection that PostgreSQL took to the first good answer."""
    time.sleep(BEFORE_SECONDS)
    database.crash()
    time.sleep(AWAY_SECONDS)
    back = database.come_back()
    while time.monotonic() < back + LONGEST_SECONDS:
        answers = [moment for moment in crowd.answered_at if moment > back]
        if answers:
            return answers[0] - back
        time.sleep(0.01)
    raise Failure(f"nobody is served {LONGEST_SECONDS:.0f} s after PostgreSQL came back")


def _report(narration: Narration, crowd: Crowd, waits: list[float]) -> None:
    narration.table(
        ("what", "figure"),
        [
            ("crashes", str(len(waits))),
            ("first good answer after PostgreSQL was back, median", f"{statistics.median(waits) * 1000:.0f} ms"),
            ("the longest of them", f"{max(waits) * 1000:.0f} ms"),
            ("answers to reads at the first try", ", ".join(f"{n:,} {what}" for what, n in crowd.reads.most_common())),
            ("orders acknowledged, all made and paid once", f"{crowd.orders:,}"),
            ("orders and purchases sent again", f"{crowd.repeats:,}"),
            ("invariants broken", "0"),
        ],
    )


if __name__ == "__main__":
    sys.exit(command.run(main))
