"""Customers on a site, all at once, and what their books say afterwards."""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from dev.customer import OK, Customer
from dev.demo_journey import read_photo
from dev.failure import Failure
from dev.production_site import Site
from dev.project import ROOT
from dev.rate_limits import LIFTED
from dev.sandbox_store import SandboxStore

CUSTOMERS = 8
DRAIN_SECONDS = 180.0
MANY = {"active": 10_000, "daily": 10_000}


def without_limits(folder: Path) -> dict[str, str]:
    """For customers who order more than a person would, on a site where a dead worker's task soon goes on."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "remote_config.json"
    file.write_text(json.dumps({"task_limits": {"free": MANY, "vip": MANY}}))
    quick = {"EMOJI_LEASE_SECONDS": "5", "EMOJI_SWEEP_SECONDS": "1"}
    return {"REMOTE_CONFIG_FILE": str(file), "RATE_LIMITS": LIFTED, **quick}


@dataclass
class Crowd:
    site: Site
    seed: int
    customers: list[Customer] = field(default_factory=list)

    def arrive(self) -> None:
        photo = read_photo(ROOT / "dev" / "portrait.jpg")
        store = SandboxStore(self.site.base_url, self.site.env["REVENUECAT_WEBHOOK_SECRET"], "", "PRODUCTION")
        self.customers = [Customer(self.site.base_url, store, photo, self.seed + number) for number in range(CUSTOMERS)]
        for customer in self.customers:
            customer.arrive()
        for customer in self.customers:
            customer.start()

    def leave(self) -> None:
        """Each ends what it is at; meanwhile what dies is started again."""
        for customer in self.customers:
            customer.leaving.set()
        while any(customer.is_alive() for customer in self.customers):
            self.site.tend()
            time.sleep(0.05)

    def require_everything(self) -> None:
        """Every acknowledged order was made and paid once, every purchase counts once, no invariant is broken."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while any(customer.has_open_tasks() for customer in self.customers):
            self.site.tend()
            if time.monotonic() > deadline:
                raise Failure(f"emoji are still under way {DRAIN_SECONDS:.0f} s after the last order")
            time.sleep(0.5)
        complaints = [complaint for customer in self.customers if (complaint := customer.complaint())]
        if complaints:
            raise Failure(f"seed {self.seed}: {'; '.join(complaints)}")
        self.site.manage("check_invariants")

    @property
    def reads(self) -> Counter[str]:
        return sum((customer.books.reads for customer in self.customers), Counter())

    @property
    def lost_reads(self) -> int:
        return sum(customer.books.lost_reads for customer in self.customers)

    def figures(self) -> list[tuple[str, str]]:
        """Of books that `require_everything` has found right."""
        reads = self.reads
        return [
            ("reads", f"{reads.total():,}"),
            ("not answered at the first try", f"{reads.total() - reads[OK]:,}"),
            ("not answered at the second either", f"{self.lost_reads:,}"),
            ("what came instead at the first", ", ".join(f"{n} {what}" for what, n in reads.items() if what != OK)),
            ("orders acknowledged, all made and paid once", f"{self.orders:,}"),
            ("orders and purchases sent again", f"{self.repeats:,}"),
            ("invariants broken", "0"),
        ]

    @property
    def answered_at(self) -> list[float]:
        return sorted(moment for customer in self.customers for moment in customer.books.answered_at)

    @property
    def waits(self) -> list[tuple[float, float]]:
        return [wait for customer in self.customers for wait in customer.books.waits]

    @property
    def orders(self) -> int:
        return sum(len(customer.books.tasks) for customer in self.customers)

    @property
    def repeats(self) -> int:
        return sum(customer.books.repeats for customer in self.customers)
