"""`make bench-weekly-reward`: the weekly reward against the shortest SQL for it, in turn on one database."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

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
COMMAND = (sys.executable, "manage.py", "grant_weekly_reward")
EMPTY = """
DROP SEQUENCE IF EXISTS bench_ids;
TRUNCATE points_grantlot, points_clawback, points_pointtransaction, points_userpoints, points_weeklyrewardrun,
    accounts_user CASCADE;
"""
SEED = """
INSERT INTO accounts_user (id, password, is_superuser, nickname, billing_user_id, vip_expires_at, vip_is_lifetime,
    is_tester, is_staff, is_active, created_at, updated_at)
SELECT n, '', false, '', gen_random_uuid(), CASE WHEN n %% 2 = 0 THEN timestamptz '2100-01-01' END, false,
    false, false, true, now(), now()
FROM generate_series(1, %(users)s) AS n;
INSERT INTO points_userpoints (id, user_id, purchased, granted, last_sequence, created_at, updated_at)
SELECT id, id, 0, 0, 0, now(), now() FROM accounts_user;
"""
# Odd users are no VIPs: they spend while the reward runs.
GIVE_SPENDERS = """
INSERT INTO points_pointtransaction (id, user_id, kind, sequence, amount, purchased_amount, granted_amount,
    balance_after, reference, title, created_at)
SELECT user_id, user_id, 'promo', 1, 1000000, 1000000, 0, 1000000, 'bench:' || user_id, '', now()
FROM points_userpoints WHERE user_id % 2 = 1;
UPDATE points_userpoints SET purchased = 1000000, last_sequence = 1 WHERE user_id % 2 = 1;
CREATE SEQUENCE bench_ids START 5000000000000000 CACHE 1000;
VACUUM ANALYZE;
"""
SHORTEST = """
WITH given AS (
    INSERT INTO points_pointtransaction (id, user_id, kind, sequence, amount, purchased_amount, granted_amount,
        balance_after, reference, title, reward_week, created_at)
    SELECT nextval('bench_ids'), u.id, 'weekly_reward', p.last_sequence + 1, 2000, 0, 2000, p.balance + 2000,
        'weekly_reward:{week}:' || u.id, 'Weekly VIP reward', '{week}', now()
    FROM accounts_user u JOIN points_userpoints p ON p.user_id = u.id
    WHERE u.is_active AND (u.vip_is_lifetime OR u.vip_expires_at > now())
    FOR NO KEY UPDATE OF p
    ON CONFLICT DO NOTHING
    RETURNING user_id
)
UPDATE points_userpoints p SET granted = p.granted + 2000, last_sequence = p.last_sequence + 1, updated_at = now()
FROM given g WHERE p.user_id = g.user_id
"""
# What a spending user waits for, in ms, until the file appears that ends it.
SPENDING = """
import json, random, time
from pathlib import Path
from apps.points import ledger
waits, end = [], Path({end!r})
while not end.exists():
    user, began = random.randrange(1, {users}, 2), time.perf_counter()
    ledger.charge(user, 1, reference=f"bench:{{user}}:{{time.time_ns()}}", title="Bench")
    waits.append((time.perf_counter() - began) * 1000)
    time.sleep(0.005)
waits.sort()
print(json.dumps([waits[len(waits) // 2], waits[int(len(waits) * 0.99)], len(waits)]))
"""


@dataclass(frozen=True)
class Run:
    seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Bench:
    """`week` is the one that is due: another one is no business of the run that is timed."""

    narration: Narration
    env: Mapping[str, str]
    users: int
    week: str

    @property
    def url(self) -> str:
        return self.env["DATABASE_URL"]

    def seed(self) -> None:
        """Users as they are before the reward; nobody has it."""
        _execute(self.url, ALLOW + EMPTY + REFUSE)
        _execute(self.url, SEED, {"users": self.users})
        _execute(self.url, GIVE_SPENDERS)

    def granted(self) -> tuple[int, int]:
        """Rows of the reward, and users who have one."""
        count = "SELECT count(*), count(DISTINCT user_id) FROM points_pointtransaction WHERE reward_week = %s"
        with psycopg.connect(self.url) as connection:
            rows, users = connection.execute(count, [self.week]).fetchone() or (0, 0)
        return rows, users

    def require_all_granted(self) -> None:
        half = self.users // 2
        if self.granted() != (half, half):
            raise Failure(f"{half} VIPs were to get {self.week}, and these rows and users did: {self.granted()}")


def main() -> int:
    given = _arguments()
    narration = Narration()
    with children() as family, servers(family, "bench") as found:
        env = processes.environment(found, free_port(), FOLDER)
        processes.prepare(family, env, FOLDER)
        bench = Bench(narration, env, given.users, _due_week(env))
        with narration.step(f"Seed {given.users} users, half of them VIPs, as before each run"):
            bench.seed()
        _compare(bench, given.rounds)
        _twice_at_once(bench)
        _spending(bench)
    return 0


def _due_week(env: Mapping[str, str]) -> str:
    told = subprocess.run(
        [*COMMAND, "--dry-run"],
        env={**env, "LOG_LEVEL": "ERROR"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return told.stdout.splitlines()[-1].partition(":")[0]


def _compare(bench: Bench, rounds: int) -> None:
    """Ours and the SQL in turn, and the other way round every other time."""
    ours: list[float] = []
    shortest: list[float] = []
    for number in range(rounds):
        for which in (ours, shortest) if number % 2 else (shortest, ours):
            bench.seed()
            run = _grant(bench.env) if which is ours else _plain_sql(bench)
            bench.require_all_granted()
            which.append(run.seconds)
            peak = f", {run.peak_mb:.0f} MB" if which is ours else ""
            bench.narration.say(f"  {'ours' if which is ours else 'SQL ':4} {which[-1]:6.2f} s{peak}")
    ratios = [mine / plain for mine, plain in zip(ours, shortest, strict=True)]
    bench.narration.say(f"ours / SQL: median {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


def _twice_at_once(bench: Bench) -> None:
    bench.seed()
    null = subprocess.DEVNULL
    runs = [subprocess.Popen(COMMAND, env=bench.env, cwd=ROOT, stdout=null, stderr=null) for _ in range(2)]
    failed = [run.wait() for run in runs]
    bench.require_all_granted()
    bench.narration.say(f"run twice at once: exit codes {failed}, {bench.granted()} rows and users")


def _spending(bench: Bench) -> None:
    for title, is_granting in (("alone", False), ("during the reward", True)):
        bench.seed()
        end = FOLDER / "spending-ends"
        end.unlink(missing_ok=True)
        code = SPENDING.format(end=str(end), users=bench.users)
        shell = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code]
        spender = subprocess.Popen(shell, env=bench.env, cwd=ROOT, stdout=subprocess.PIPE)
        time.sleep(3)
        _grant(bench.env) if is_granting else time.sleep(5)
        end.touch()
        p50, p99, number = json.loads(spender.communicate()[0])
        bench.narration.say(f"spending {title}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {number} charges")


def _grant(env: Mapping[str, str]) -> Run:
    """The whole process, start-up included."""
    began = time.monotonic()
    process = subprocess.Popen(COMMAND, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return Run(time.monotonic() - began, usage.ru_maxrss / 1024)


def _plain_sql(bench: Bench) -> Run:
    began = time.monotonic()
    _execute(bench.url, SHORTEST.format(week=bench.week))
    return Run(time.monotonic() - began, 0)


def _execute(url: str, sql: str, values: Mapping[str, int] | None = None) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in sql.split(";"):
            if statement.strip():
                connection.execute(statement.encode(), values)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(command.run(main))
