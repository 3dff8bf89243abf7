"""A user under load: reads, buys and orders without a pause, repeats what got no answer, and keeps the books.

It does what the app does: a request that may have had an effect is sent again with its key until the answer is known.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import requests

from dev.demo_journey import OPEN, PACK, Photo
from dev.failure import Failure
from dev.mobile_app import MobileApp, Refused
from dev.sandbox_store import SandboxStore

PACK_POINTS = 1000
READS_PER_ORDER = 12
BETWEEN_SECONDS = 0.02
REPEAT_SECONDS = 0.1
SECOND_TRY_SECONDS = 0.5
OK = "200"
PATIENCE_SECONDS = 120.0


@dataclass
class Books:
    """`reads` counts what came at the first try, `lost_reads` those that the second try got no answer to either.

    `answered_at` are the times of good answers to reads; `waits` when each answer came, and after how many seconds.
    """

    reads: Counter[str] = field(default_factory=Counter)
    lost_reads: int = 0
    answered_at: list[float] = field(default_factory=list)
    waits: list[tuple[float, float]] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    packs: int = 0
    repeats: int = 0
    failure: str = ""


class Customer(threading.Thread):
    def __init__(self, base_url: str, store: SandboxStore, photo: Photo, seed: int) -> None:
        super().__init__(daemon=True)
        self.app = MobileApp(base_url)
        self.store = store
        self.photo = photo
        self.books = Books()
        self.chance = random.Random(seed)  # noqa: S311 - it chooses what to read next, nothing secret
        self.leaving = threading.Event()

    def arrive(self) -> None:
        self.billing_user_id = str(self.app.login()["user"]["billing_user_id"])
        ticket = self.app.ticket(self.photo.content, self.photo.content_type)
        self.app.upload(ticket, self.photo.content)
        self.upload_id = str(ticket["upload_id"])
        self.template = str(self.app.templates()[0]["id"])
        while not self.books.tasks:
            self._order()

    def run(self) -> None:
        try:
            while not self.leaving.is_set():
                for _ in range(READS_PER_ORDER):
                    self._read()
                    time.sleep(BETWEEN_SECONDS)
                self._order()
        except Exception as error:
            self.books.failure = f"{type(error).__name__}: {error}"

    def leave(self) -> None:
        self.leaving.set()
        self.join(PATIENCE_SECONDS)

    def complaint(self) -> str:
        """What is not as the books say; empty when every acknowledged order and purchase had its effect once."""
        if self.books.failure:
            return self.books.failure
        wrong = Counter(
            task["status"] for task in map(self.app.task, self.books.tasks) if task["status"] != "succeeded"
        )
        if wrong:
            return f"of {len(self.books.tasks)} emoji not all succeeded: {dict(wrong)}"
        cost = int(self.app.task(self.books.tasks[0])["points"]["cost"])
        expected = self.books.packs * PACK_POINTS - len(self.books.tasks) * cost
        balance = self.app.balance()
        return "" if balance == expected else f"the balance is {balance} instead of {expected}"

    def has_open_tasks(self) -> bool:
        return any(self.app.task(task)["status"] in OPEN for task in self.books.tasks)

    def _read(self) -> None:
        newest = self.books.tasks[-1]
        read = self.chance.choice(
            (self.app.balance, self.app.ledger, self.app.templates, lambda: self.app.task(newest))
        )
        came = self._answer_to(read)
        self.books.reads[came] += 1
        if came != OK:
            # As phones do by themselves for a GET whose connection broke.
            time.sleep(SECOND_TRY_SECONDS)
            self.books.lost_reads += self._answer_to(read) != OK

    def _answer_to(self, read: Callable[[], object]) -> str:
        try:
            self._timed(read)
        except Refused as refusal:
            return str(refusal.status)
        except requests.RequestException as error:
            return type(error).__name__
        self.books.answered_at.append(time.monotonic())
        return OK

    def _timed(self, ask: Callable[[], Any]) -> Any:
        began = time.monotonic()
        try:
            return ask()
        finally:
            ended = time.monotonic()
            self.books.waits.append((ended, ended - began))

    def _order(self) -> None:
        key = str(uuid4())
        try:
            task = self._until_known(lambda: self.app.create_task(self.template, self.upload_id, key))
        except Refused as refusal:
            if refusal.code != "insufficient_points":
                raise
            self._buy()
        else:
            self.books.tasks.append(str(task["id"]))

    def _buy(self) -> None:
        event = self.store.purchase_of(PACK, self.billing_user_id)
        self._until_known(lambda: self.store.tell(event))
        self.books.packs += 1
        # A burst of events is stored first, and applied soon after.
        self._wait_for_points()

    def _wait_for_points(self) -> None:
        """It buys when it has next to nothing."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._until_known(self.app.balance) < PACK_POINTS and time.monotonic() < deadline:
            time.sleep(REPEAT_SECONDS)

    def _until_known(self, ask: Callable[[], Any]) -> Any:
        """Repeated while the answer is missing or says to try again."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                return self._timed(ask)
            except requests.RequestException:
                pass
            except Refused as refusal:
                if refusal.status < 500 and refusal.code not in ("idempotency_in_progress", "rate_limited"):
                    raise
            self.books.repeats += 1
            time.sleep(REPEAT_SECONDS)
        raise Failure(f"no answer in {PATIENCE_SECONDS:.0f} s")
