"""`make bench REFERENCE=folder`: this product and the peer on one PostgreSQL and one Valkey, loaded in turn.

The folder holds `load` (the driver, which wants wrk), `peer_fastapi` (the peer) and `limit` (the least SQL for the same
operations, for pgbench). Each server has two processes; limits are lifted, everything else is as in production.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from dev import bench_peer, command, processes
from dev.bench_limit import limits
from dev.bench_table import memory_mb, table
from dev.children import Child, Children, children
from dev.failure import Failure
from dev.free_port import free_port
from dev.narration import Narration
from dev.project import ROOT, VAR
from dev.rate_limits import LIFTED
from dev.servers import Servers, servers

FOLDER = VAR / "bench"
# Logins stand last: of too many sessions the oldest end, and the others use those.
ENDPOINTS = ("balance", "task_detail", "transactions", "create_task", "webhook", "mix", "login", "login_new")
MANY = {"active": 10_000, "daily": 1_000_000}
WEBHOOK_SECRET = "a-webhook-secret-for-load-on-loopback"  # noqa: S105 - of a server that ends with this command


def main() -> int:
    given = _arguments()
    narration = Narration()
    FOLDER.mkdir(parents=True, exist_ok=True)
    runs = FOLDER / f"runs-{time.time_ns()}.jsonl"
    with children() as family, servers(family, "bench") as found:
        port = free_port()
        env = _environment(found, port)
        processes.prepare(family, env, FOLDER)
        began = time.monotonic()
        ours = family.start("web", processes.web(port), FOLDER / "log" / "web.log", env=env, cwd=ROOT)
        processes.wait_until_ready(family, port)
        narration.say(f"ready {time.monotonic() - began:.1f} s after its start")
        tokens = _world(env, given.users)
        with bench_peer.peer(family, found, given.reference / "peer_fastapi", FOLDER) as peer:
            theirs = bench_peer.world(peer, given.reference / "load", given.users, FOLDER)
            with _both(family, given, port, tokens, peer, theirs, ours, runs) as driver:
                driver.process.wait()
        of_database = limits(found.database_url, given.reference / "limit", given.seconds)
        narration.say(table(runs, of_database))
        narration.say(f"memory of each of our web processes: {memory_mb(ours.process.pid)} MB")
    return 0


def _environment(found: Servers, port: int) -> dict[str, str]:
    config = FOLDER / "config.json"
    config.write_text(json.dumps({"task_limits": {"free": MANY, "vip": MANY}}))
    lifted = {"REMOTE_CONFIG_FILE": str(config), "RATE_LIMITS": LIFTED}
    as_in_production = {"DEBUG": "false", "LOG_FORMAT": "json", "METRICS_DIR": str(FOLDER / "metrics")}
    secrets = {"REVENUECAT_WEBHOOK_SECRET": WEBHOOK_SECRET, "REVENUECAT_SIGNING_KEY": ""}
    return processes.environment(found, port, FOLDER) | lifted | as_in_production | secrets


def _world(env: dict[str, str], users: int) -> Path:
    code = f"from dev.bench_world import tell; tell({users})"
    made = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code],
        env=env | {"LOG_LEVEL": "ERROR"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    tokens = FOLDER / "ours.jsonl"
    tokens.write_text("".join(f"{line}\n" for line in made.stdout.splitlines() if line.startswith("{")))
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return tokens


@contextmanager
def _both(
    family: Children,
    given: argparse.Namespace,
    port: int,
    tokens: Path,
    peer: bench_peer.Peer,
    theirs: Path,
    ours: Child,
    runs: Path,
) -> Iterator[Child]:
    """The driver, which asks the two in turn."""
    a = ["--a", processes.base_url(port), "--a-tokens", tokens, "--a-config", ROOT / "dev" / "bench.toml"]
    b = ["--b", peer.url, "--b-tokens", theirs, "--a-name", "ours", "--b-name", "peer"]
    pids = ["--a-pid", ours.process.pid, "--b-pid", peer.child.process.pid]
    how = ["-c", "16", "-d", given.seconds, "-n", given.rounds, "--warmup", "2", "--out", runs]
    words = [sys.executable, given.reference / "load" / "compare.py", *a, *b, *pids, *how, *given.endpoints]
    yield family.start("load", [str(word) for word in words], FOLDER / "log" / "load.log", cwd=ROOT)
    if not runs.exists():
        raise Failure(f"the driver told nothing: read {FOLDER / 'log' / 'load.log'}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reference", type=Path)
    parser.add_argument("--users", type=int, default=400)
    parser.add_argument("--seconds", type=int, default=4, help="of each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--endpoints", nargs="+", default=ENDPOINTS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(command.run(main))
