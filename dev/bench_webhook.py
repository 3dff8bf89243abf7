"""`make bench-webhook`: RevenueCat events arriving by the clock; how fast they are answered, and whether any is lost.

`--other` names another server that takes the same bodies at the same path and knows the users by `device-<number>`;
the two are loaded in turn.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from uuid import uuid4

import psycopg

from dev import command, processes
from dev.children import children
from dev.failure import Failure
from dev.free_port import free_port
from dev.narration import Narration
from dev.never_emptied import ALLOW, REFUSE
from dev.project import ROOT, VAR
from dev.servers import servers

FOLDER = VAR / "bench"
PATH = "/api/v1/webhooks/revenuecat"
WEEK_MS = 604_800_000
PATIENCE_SECONDS = 300
RUN = uuid4()
EMPTY = """
TRUNCATE billing_revenuecatevent, billing_customeralias, billing_subscription, billing_order, accounts_user CASCADE;
"""
SEED = """
INSERT INTO accounts_user (id, password, is_superuser, nickname, billing_user_id, vip_is_lifetime,
    is_tester, is_staff, is_active, created_at, updated_at)
SELECT n, '', false, '', gen_random_uuid(), false, false, false, true, now(), now()
FROM generate_series(1, %(users)s) AS n;
INSERT INTO billing_customeralias (id, name, user_id, created_at, updated_at)
SELECT n, 'device-' || n, n, now(), now() FROM generate_series(1, %(users)s) AS n;
"""
LEFT = """
SELECT count(*), count(*) FILTER (WHERE outcome = 'applied'),
    (SELECT count(*) FROM billing_order), (SELECT count(*) FROM billing_subscription) FROM billing_revenuecatevent
"""


def main() -> int:
    given = _arguments()
    narration = Narration()
    with children() as family, servers(family, "bench") as found:
        port = free_port()
        env = processes.environment(found, port, FOLDER) | {"REVENUECAT_SIGNING_KEY": "", "LOG_LEVEL": "WARNING"}
        processes.prepare(family, env, FOLDER)
        family.start("web", processes.web(port), FOLDER / "log" / "web.log", env=env, cwd=ROOT)
        processes.wait_until_ready(family, port)
        _seed(found.database_url, given.users)
        ours = {"url": processes.base_url(port) + PATH, "secret": env["REVENUECAT_WEBHOOK_SECRET"]}
        other = {"url": given.other + PATH, "secret": given.other_secret}
        for number in range(given.rounds):
            for name, target in (("ours", ours), ("other", other)) if given.other else (("ours", ours),):
                _round(narration, name, target, given, number)
        family.start("worker", processes.worker(), FOLDER / "log" / "worker.log", env=env, cwd=ROOT)
        family.start("beat", processes.beat(), FOLDER / "log" / "beat.log", env=env, cwd=ROOT)
        _nothing_is_lost(narration, found.database_url, given.rounds * given.events)
    return 0


def _round(narration: Narration, name: str, target: Mapping[str, str], given: argparse.Namespace, number: int) -> None:
    told = json.dumps({**target, "per_second": given.per_second})
    lines = [told, *(_event(number * given.events + n, given.users) for n in range(given.events))]
    driver = [sys.executable, "-m", "dev.arrivals"]
    answer = subprocess.run(driver, input="\n".join(lines), stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    narration.say(f"  {name:5} {answer.stdout.strip()}")


def _event(number: int, users: int) -> str:
    """A renewal of a week, for one user after the other."""
    user, period = number % users + 1, number // users
    started = int(time.time() * 1000) + period * WEEK_MS
    fields = {
        "id": f"{RUN}-{number}",
        "type": "RENEWAL" if period else "INITIAL_PURCHASE",
        "event_timestamp_ms": started,
        "app_user_id": f"device-{user}",
        "aliases": [f"device-{user}"],
        "product_id": "weekly_001",
        "entitlement_ids": ["vip"],
        "store": "APP_STORE",
        "environment": "SANDBOX",
        "transaction_id": f"t-{number}",
        "original_transaction_id": f"line-{user}",
        "period_type": "NORMAL",
        "purchased_at_ms": started,
        "expiration_at_ms": started + WEEK_MS,
        "price": 4.99,
        "price_in_purchased_currency": 4.99,
        "currency": "USD",
    }
    return json.dumps({"api_version": "1.0", "event": fields})


def _seed(url: str, users: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in f"{ALLOW}{EMPTY}{REFUSE}{SEED}".strip().rstrip(";").split(";"):
            connection.execute(statement.encode(), {"users": users} if "%" in statement else None)
        connection.execute("VACUUM ANALYZE")


def _nothing_is_lost(narration: Narration, url: str, sent: int) -> None:
    """What a burst left to the workers is applied by them."""
    began = time.monotonic()
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            stored, applied, orders, lines = connection.execute(LEFT).fetchone() or (0, 0, 0, 0)
            if stored == applied or time.monotonic() - began > PATIENCE_SECONDS:
                break
            time.sleep(0.2)
    narration.say(f"{sent} sent: {stored} stored, {applied} applied, {orders} orders, {lines} subscriptions")
    narration.say(f"{time.monotonic() - began:.1f} s after the last answer")
    if not stored == applied == orders == sent:
        raise Failure("an event is lost, or waits to be applied")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=5_000)
    parser.add_argument("--events", type=int, default=10_000, help="of each round")
    parser.add_argument("--per-second", type=float, default=1_000, help="0: as fast as 64 connections allow")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--other", default="", help="base address of another server")
    parser.add_argument("--other-secret", default="")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(command.run(main))
