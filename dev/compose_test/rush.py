"""Many phones order at once, and a worker dies in the midst of it: each emoji is made once, and paid once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dev.demo_journey import OPEN, PACK, Photo
from dev.failure import Failure
from dev.mobile_app import MobileApp
from dev.sandbox_store import SandboxStore

PHONES = 8
# As many as a user without VIP may have under way.
TASKS_EACH = 2
PATIENCE_SECONDS = 180.0
SOON_SECONDS = 0.3
# A user may ask about an emoji sixty times a minute.
POLITE_SECONDS = 1.1


@dataclass
class Rush:
    base_url: str
    store: SandboxStore
    photo: Photo
    tasks: dict[MobileApp, list[str]] = field(default_factory=dict)

    def begin(self) -> int:
        """Everybody orders; the number of tasks."""
        for _ in range(PHONES):
            app = MobileApp(self.base_url)
            self._sell_to(app)
            ticket = app.ticket(self.photo.content, self.photo.content_type)
            app.upload(ticket, self.photo.content)
            template = app.templates()[0]["id"]
            self.tasks[app] = [app.create_task(template, ticket["upload_id"])["id"] for _ in range(TASKS_EACH)]
        return PHONES * TASKS_EACH

    def wait_for_work(self) -> None:
        """Until a worker has begun and none has ended all."""
        _wait(SOON_SECONDS, lambda: "processing" in self._states(), "no worker begins")

    def wait_for_the_end(self) -> None:
        _wait(POLITE_SECONDS, lambda: not set(self._states()) & set(OPEN), "emoji are still under way")
        if set(self._states()) != {"succeeded"}:
            raise Failure(f"not every emoji succeeded: {self._states()}")

    def require_paid_once(self) -> None:
        for app, tasks in self.tasks.items():
            spends = [row for row in app.ledger() if row["amount"] < 0]
            if len(spends) != len(tasks):
                raise Failure(f"{len(tasks)} emoji were paid {len(spends)} times")

    def _sell_to(self, app: MobileApp) -> None:
        """Of webhooks that come close upon each other some are left to the workers."""
        self.store.sell(PACK, app.login()["user"]["billing_user_id"])
        _wait(SOON_SECONDS, lambda: app.balance() > 0, "a purchase has brought no points")

    def _states(self) -> list[str]:
        return [app.task(task)["status"] for app, tasks in self.tasks.items() for task in tasks]


def _wait(seconds: float, happens: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happens():
        if time.monotonic() > deadline:
            raise Failure(f"after {PATIENCE_SECONDS:.0f} s {complaint}")
        time.sleep(seconds)
