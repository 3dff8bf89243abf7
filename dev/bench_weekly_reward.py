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
from dev.free_port import free_port
from dev.narration import Narration
from dev.project import ROOT, VAR
from dev.servers import servers

FOLDER = VAR / "bench"
YEAR = 2025
SEED = """
ALTER TABLE staff_staffaction DISABLE TRIGGER audit_is_never_emptied;
TRUNCATE points_grantlot, points_clawback, points_pointtransaction, points_userpoints, points_weeklyrewardrun,
    accounts_user CASCADE;
ALTER TABLE staff_staffaction ENABLE TRIGGER audit_is_never_emptied;
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
CREATE SEQUENCE IF NOT EXISTS bench_ids START 5000000000000000 CACHE 1000;
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


def main() -> int:
    given = _arguments()
    narration = Narration()
    with children() as family, servers(family, "bench") as found:
        env = processes.environment(found, free_port(), FOLDER)
        processes.prepare(family, env, FOLDER)
        with narration.step(f"Seed {given.users} users, half of them VIPs"):
            _execute(found.database_url, SEED, {"users": given.users})
            _execute(found.database_url, GIVE_SPENDERS)
        _compare(narration, env, found.database_url, given.rounds)
        _twice_at_once(narration, env, found.database_url, given.users)
        _spending(narration, env, given.users)
    return 0


def _compare(narration: Narration, env: Mapping[str, str], url: str, rounds: int) -> None:
    """Ours and the SQL in turn, each a week of its own, and the other way round every other time."""
    ours: list[float] = []
    shortest: list[float] = []
    for number in range(rounds):
        for which in (ours, shortest) if number % 2 else (shortest, ours):
            week = f"{YEAR}-W{1 + 2 * number + (which is ours):02}"
            run = _grant(env, week) if which is ours else _plain_sql(url, week)
            which.append(run.seconds if isinstance(run, Run) else run)
            peak = f", {run.peak_mb:.0f} MB" if isinstance(run, Run) else ""
            narration.say(f"  {'ours' if which is ours else 'SQL ':4} {which[-1]:6.2f} s{peak}")
    ratios = [mine / plain for mine, plain in zip(ours, shortest, strict=True)]
    narration.say(f"ours / SQL: median {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


def _twice_at_once(narration: Narration, env: Mapping[str, str], url: str, users: int) -> None:
    week, null = f"{YEAR}-W40", subprocess.DEVNULL
    runs = [subprocess.Popen(_command(week), env=env, cwd=ROOT, stdout=null, stderr=null) for _ in range(2)]
    failed = [run.wait() for run in runs]
    count = "SELECT count(*), count(DISTINCT user_id) FROM points_pointtransaction WHERE reward_week = %s"
    with psycopg.connect(url) as connection:
        rows = connection.execute(count, [week]).fetchone()
    narration.say(f"run twice at once: exit codes {failed}, {rows} rows and users, {users // 2} VIPs")


def _spending(narration: Narration, env: Mapping[str, str], users: int) -> None:
    for title, week in (("alone", ""), ("during the reward", f"{YEAR}-W41")):
        end = FOLDER / "spending-ends"
        end.unlink(missing_ok=True)
        code = SPENDING.format(end=str(end), users=users)
        shell = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code]
        spender = subprocess.Popen(shell, env=env, cwd=ROOT, stdout=subprocess.PIPE)
        time.sleep(3)
        _grant(env, week) if week else time.sleep(5)
        end.touch()
        p50, p99, number = json.loads(spender.communicate()[0])
        narration.say(f"spending {title}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {number} charges")


def _command(week: str) -> list[str]:
    return [sys.executable, "manage.py", "grant_weekly_reward", "--week", week]


def _grant(env: Mapping[str, str], week: str) -> Run:
    """The whole process, start-up included."""
    began = time.monotonic()
    process = subprocess.Popen(_command(week), env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return Run(time.monotonic() - began, usage.ru_maxrss / 1024)


def _plain_sql(url: str, week: str) -> float:
    began = time.monotonic()
    _execute(url, SHORTEST.format(week=week))
    return time.monotonic() - began


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
