"""Everything runs, once for a whole file of tests: web, two workers, beat, and a network of ours before both vendors.

Each test has a customer of its own, and what goes wrong goes wrong for that one, unless the test says otherwise.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import F

from apps.emoji.models import EmojiTask, ProviderHealth
from apps.points.models import PointTransaction
from dev.children import Child, children
from dev.fake_dashscope import CLIP, FakeDashScope
from dev.fake_oss import FakeOss
from dev.free_port import LOOPBACK
from dev.mobile_app import MobileApp
from dev.tcp_proxy import TcpProxy
from dev.valkey import start_valkey
from tests.conftest import a_portrait, happy_template, points_given
from tests.emptied import Tables
from tests.journeys.conftest import Product, a_product, broken_invariants, made_by, wait_until

PRICE = 200
KEY_ID, KEY = "a key for tests", "the secret of it"
# Of everything that a test would wait for: short, but not shorter than a busy machine needs for a call.
PROBE_SECONDS = 3
SHORT = {
    "DASHSCOPE_CALL_SECONDS": "2",
    "DASHSCOPE_DOWNLOAD_SECONDS": "2",
    "OSS_SILENT_SECONDS": "2",
    "PROVIDER_PROBE_SECONDS": str(PROBE_SECONDS),
    "EMOJI_FIRST_WAIT_SECONDS": "0.05",
    "EMOJI_MOST_RETRIES": "5",
    "EMOJI_LEASE_SECONDS": "5",
}
SUBMISSIONS_PER_SECOND = 4
WIDE = {
    "DASHSCOPE_PLACES": "100",
    "DASHSCOPE_DETECTIONS_PER_SECOND": "100",
    "DASHSCOPE_SUBMISSIONS_PER_SECOND": str(SUBMISSIONS_PER_SECOND),
    "DASHSCOPE_LOOK_UPS_PER_SECOND": "20",
}


@dataclass(frozen=True)
class Order:
    """Of a customer who has ordered nothing else."""

    app: MobileApp
    task_id: str

    @property
    def row(self) -> EmojiTask:
        found: EmojiTask = EmojiTask.objects.get(id=int(self.task_id))
        return found

    def shown(self) -> dict[str, Any]:
        """To its user."""
        return self.app.task(self.task_id)

    @property
    def has_ended(self) -> bool:
        return self.row.status in ("succeeded", "failed", "canceled")


@dataclass
class Kitchen:
    product: Product
    dashscope: FakeDashScope
    oss: FakeOss
    # The networks before them.
    to_dashscope: TcpProxy
    to_oss: TcpProxy

    def start_workers(self) -> None:
        """Each has a key of its own of the one account, so that the vendor's log tells who called."""
        for number in (1, 2):
            self.product.env["DASHSCOPE_API_KEY"] = f"key-of-worker-{number}"
            self.product.start_worker("-n", f"worker-{number}@%h")

    def close(self) -> None:
        """At once: nobody waits for what they would say in the end."""
        for child in self.product.children.running:
            os.killpg(child.process.pid, signal.SIGKILL)

    def stop_workers(self) -> None:
        self.product.children.stop(*self.product.workers)
        self.product.workers.clear()

    def last_caller(self) -> Child:
        """The worker that spoke to DashScope last."""
        keys = [sent.rpartition("-")[2] for call in self.dashscope.calls if (sent := call.headers.get("Authorization"))]
        return self.product.workers[int(keys[-1]) - 1]

    def customer(self, orders: int = 1) -> MobileApp:
        return self.product.app_with_points(PRICE * orders)

    def order(self, app: MobileApp | None = None, upload_id: str = "") -> Order:
        app = app or self.customer()
        task = app.create_task("mengwa_kaixin", upload_id or self.product.upload(app))
        return Order(app, str(task["id"]))

    def ended(self, order: Order) -> EmojiTask:
        wait_until(lambda: order.has_ended, "the task ends")
        return order.row

    def in_stage(self, order: Order, stage: str) -> None:
        wait_until(lambda: order.row.stage == stage, f"the task is {stage}")

    def require_made(self, order: Order, submissions: int = 1) -> None:
        """The user has the clip, it was submitted and paid once, and all the rest is in order too."""
        task = self.ended(order)
        assert (task.status, task.error_code, task.error_raw * (task.status == "failed")) == ("succeeded", "", "")
        assert order.app.download(order.shown()["result"]["video_url"]) == CLIP
        assert self.oss.objects[task.result_key] == (CLIP, "video/mp4")
        self.require_paid_once(order, submissions)

    def require_failed(self, order: Order, code: str, submissions: int = 1) -> None:
        """The user is told so, in our words, has nothing to look at, and paid once."""
        task = self.ended(order)
        assert (task.status, task.error_code) == ("failed", code)
        shown = order.shown()
        assert (shown["error"]["code"], shown["result"]) == (code, None)
        assert not [key for key in self.oss.objects if order.task_id in key], "no object is left of it"
        self.require_paid_once(order, submissions)

    def require_paid_once(self, order: Order, submissions: int) -> None:
        assert len(self.dashscope.submissions_of(photo_of(order.app))) == submissions
        spent = PointTransaction.objects.filter(user_id=int(order.app.user_id), kind="spend")
        assert spent.count() == EmojiTask.objects.filter(user_id=int(order.app.user_id)).count()
        assert broken_invariants() == []

    def require_alive(self) -> None:
        self.product.children.require_alive()

    def come_to_rest(self) -> None:
        """Also after a test that failed in the midst of its fault."""
        self.dashscope.is_down = self.oss.is_down = self.to_dashscope.is_silent = False
        wait_until(lambda: not EmojiTask.objects.open().exists(), "all tasks end")
        self.dashscope.misfortune.forget()
        self.oss.misfortune.forget()
        ProviderHealth.objects.all().delete()
        # What was sent a moment ago, and lost, makes it unclear whose a lost one of the next test is.
        earlier = {name: F(name) - timedelta(hours=1) for name in ("submit_sent_at", "lost_submission_at")}
        EmojiTask.objects.update(**earlier)

    def logged(self, words: str) -> int:
        """How often a worker has said so."""
        return sum(worker.log.read_text().count(words) for worker in self.product.workers)


def photo_of(app: MobileApp) -> str:
    """What the address of each of a customer's photos has in it."""
    return f"/{app.user_id}/"


@contextmanager
def open_kitchen(folder: Path, tables: Tables, **settings: str) -> Iterator[Kitchen]:
    """The caller has unblocked the database, whose tables are emptied at the end."""
    happy_template()
    dashscope, oss = FakeDashScope(run_seconds=0.5), FakeOss(secrets={KEY_ID: KEY})
    dashscope.start()
    oss.start()
    proxies = TcpProxy(dashscope.port), TcpProxy(oss.port)
    for proxy in proxies:
        proxy.start()
    try:
        with children() as family:
            product = a_product(family, folder, start_valkey(family, folder), a_portrait(), points_given)
            product.env |= made_by(dashscope) | kept_in(oss) | SHORT | WIDE | settings
            product.env["DASHSCOPE_BASE_URL"] = f"http://{LOOPBACK}:{proxies[0].port}/api/v1"
            product.env["OSS_ENDPOINT"] = f"http://{LOOPBACK}:{proxies[1].port}"
            kitchen = Kitchen(product, dashscope, oss, *proxies)
            kitchen.start_workers()
            product.start_beat()
            product.start_web()
            yield kitchen
            kitchen.close()
    finally:
        for server in (*proxies, dashscope, oss):
            server.stop()
        tables.empty()
        connection.close()


def kept_in(oss: FakeOss) -> dict[str, str]:
    """The app's way to it is not through our network."""
    return {
        "OSS_BUCKET": oss.bucket,
        "OSS_ENDPOINT": oss.endpoint,
        "OSS_PUBLIC_ENDPOINT": oss.endpoint,
        "OSS_ACCESS_KEY_ID": KEY_ID,
        "OSS_ACCESS_KEY_SECRET": KEY,
    }
