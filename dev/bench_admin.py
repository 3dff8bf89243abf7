"""`make bench-admin`: every large list of the admin with a million rows: opened, paged, filtered, searched, sorted."""

import argparse
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
import requests

from dev import command, processes
from dev.children import children
from dev.failure import Failure
from dev.free_port import free_port
from dev.loopback_http import loopback_session
from dev.narration import Narration
from dev.project import ROOT, VAR
from dev.servers import servers

FOLDER = VAR / "bench-admin"
SEED = Path(__file__).parent / "bench_admin.sql"
PASSWORD = "a password for this bench alone"  # noqa: S105 - of a database that holds nothing
LIMIT_MS = 300.0

# What staff do with each list; {some} is an id in the middle.
LISTS: Mapping[str, tuple[str, ...]] = {
    "accounts/user": (
        *("", "p=100", "q={some}", "q=nickname-{some}", "q=no-such-thing", "q=6d1c1d5e-0000-4000-8000-000000000000"),
        *("is_active__exact=0", "is_staff__exact=1", "is_tester__exact=1", "vip_is_lifetime__exact=1", "o=1"),
    ),
    "emoji/emojitask": (
        *("", "p=100", "q={some}", "q=provider-{some}", "q=no-such-thing", "status__exact=failed"),
        *(
            "status__exact=queued",
            "status__exact=succeeded",
            "stage__exact=saving",
            "error_code=rare",
            "error_code=none",
        ),
        *("provider_account=main", "provider_account=second", "status__exact=failed&error_code=rare", "o=1"),
    ),
    "points/pointtransaction": (
        *("", "p=100", "q={some}", "q=fact:{some}", "q=no-such-thing", "kind__exact=spend", "kind__exact=adjustment"),
        *("kind__exact=transfer_in", "o=1"),
    ),
    "billing/revenuecatevent": (
        *("", "p=100", "q={some}", "q=event-{some}", "q=transaction-{some}", "q=no-such-thing"),
        *("outcome__exact=failed", "outcome__exact=received", "type=RENEWAL", "type=TRANSFER", "environment=SANDBOX"),
        *("source__exact=webhook", "type=RENEWAL&outcome__exact=failed", "o=1"),
    ),
    "billing/order": (
        *("", "p=100", "q={some}", "q=transaction-{some}", "q=no-such-thing", "kind__exact=points"),
        *("status__exact=refunded", "store=PLAY_STORE", "store=RARE_STORE", "environment=SANDBOX", "o=1"),
    ),
    "staff/staffaction": (
        *("", "p=100", "q={some}", "q=request-{some}", "q=no-such-thing", "action=login", "action=rare", "o=1"),
    ),
    "accounts/device": (
        *(
            "",
            "p=100",
            "q={some}",
            "q=c4ca",
            "platform=android",
            "secret_state__exact=issued",
            "secret_state__exact=legacy",
        ),
        *("revoked_at__isempty=0", "o=1"),
    ),
    "accounts/session": (
        *("", "p=100", "q={some}", "auth_level__exact=bare", "revoked_at__isempty=1", "revoked_at__isempty=0", "o=1"),
    ),
    "accounts/refreshtoken": ("", "p=100", "q={some}", "q=no-such-thing", "o=1"),
    "accounts/consentrecord": ("", "p=100", "q={some}", "purpose__exact=ai_processing", "granted__exact=0", "o=1"),
    "points/userpoints": ("", "p=100", "q={some}", "o=1"),
    "points/grantlot": ("", "p=100", "q={some}", "o=1"),
    "billing/subscription": (
        *(
            "",
            "p=100",
            "q={some}",
            "q=transaction-{some}",
            "q=no-such-thing",
            "store=PLAY_STORE",
            "environment=SANDBOX",
        ),
        *("plan=weekly", "plan=lifetime", "o=1"),
    ),
    "billing/customeralias": ("", "p=100", "q={some}", "q=alias-{some}", "o=1"),
    "emoji/photoupload": (
        "",
        "p=100",
        "q={some}",
        "q=photos/{some}",
        "o=1",
    ),
    "emoji/detection": (
        *("", "p=100", "q={some}", "outcome__exact=refused", "outcome__exact=failed", "reason=photo_no_face"),
        *("reason=photo_blocked", "o=1"),
    ),
    "core/idempotencyrecord": ("", "p=100", "q={some}", "o=1"),
}


@dataclass(frozen=True)
class Timing:
    address: str
    ms: float


def main() -> int:
    given = _arguments()
    narration = Narration()
    with children() as family, servers(family, "bench-admin") as found:
        port = free_port()
        env = {**processes.environment(found, port, FOLDER), "STAFF_SECOND_FACTOR": "false"}
        processes.prepare(family, env, FOLDER)
        if not given.keep:
            with narration.step(f"Fill {given.rows} rows of each table"):
                _fill(found.database_url, given.rows)
        _make_boss(env)
        processes.start(family, port, env, FOLDER)
        processes.wait_until_ready(family, port)
        desk = _logged_in(port)
        timings = list(_timings(desk, port, given.rows, given.rounds))
        _tell(narration, timings)
    return 1 if any(timing.ms > LIMIT_MS for timing in timings) else 0


def _fill(url: str, rows: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in SEED.read_text().split(";"):
            if statement.strip():
                connection.execute(statement.replace("{rows}", str(rows)).encode())


def _make_boss(env: Mapping[str, str]) -> None:
    code = (
        "from apps.accounts.models import User;"
        "User.objects.filter(username='boss').exists()"
        f" or User.objects.create_superuser('boss', {PASSWORD!r})"
    )
    subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code], env=env, cwd=ROOT, check=True
    )


def _logged_in(port: int) -> requests.Session:
    desk, login = loopback_session(), f"{processes.base_url(port)}/admin/login/"
    desk.get(login, timeout=30)
    form = {"username": "boss", "password": PASSWORD, "csrfmiddlewaretoken": desk.cookies["csrftoken"]}
    answer = desk.post(login, form, headers={"Referer": login}, timeout=30, allow_redirects=False)
    if answer.status_code != 302:
        raise Failure(f"the login was answered by {answer.status_code}")
    return desk


def _timings(desk: requests.Session, port: int, rows: int, rounds: int) -> Iterator[Timing]:
    for name, queries in LISTS.items():
        for query in queries:
            address = f"/admin/{name}/?{query.format(some=rows // 2)}"
            url = f"{processes.base_url(port)}{address}"
            yield Timing(address, statistics.median(_one(desk, url) for _ in range(rounds)))


def _one(desk: requests.Session, url: str) -> float:
    """The whole page as a browser waits for it; a redirect would be a list that was given up."""
    began = time.perf_counter()
    answer = desk.get(url, timeout=60, allow_redirects=False)
    took = (time.perf_counter() - began) * 1000
    if answer.status_code != 200 or not re.search(rb"result_list|changelist", answer.content):
        raise Failure(f"{url} was answered by {answer.status_code}")
    return took


def _tell(narration: Narration, timings: list[Timing]) -> None:
    for timing in timings:
        narration.say(f"{timing.ms:8.1f} ms  {timing.address}{'   too slow' if timing.ms > LIMIT_MS else ''}")
    every = sorted(timing.ms for timing in timings)
    narration.say(f"{len(every)} pages: median {statistics.median(every):.0f} ms, slowest {every[-1]:.0f} ms")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", action="store_true", help="time what the last run filled")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(command.run(main))
