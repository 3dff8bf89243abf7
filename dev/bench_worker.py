"""`make bench-worker`: how many emoji two worker processes make in a second when the provider answers at once.

Each is the whole work: the user's photo made upright and without EXIF, submitted, asked about, the clip fetched over
HTTP and put away. The orders wait in the queue first; the clock runs from when the workers may begin to the last clip.

REFERENCE=folder (see dev.bench) loads the peer's worker in turn, which makes the same calls by the same code.
`--in-process` puts a provider into our own process, as the peer has one. `--tasks 20000` shows whether memory is flat.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from dev import command, processes
from dev.bench_drain import Pace, Workers, drained
from dev.bench_peer_worker import PeerWorkers, peer_workers
from dev.bench_table import memory_mb
from dev.children import Child, Children, children
from dev.free_port import LOOPBACK, free_port
from dev.narration import Narration
from dev.project import ROOT, VAR
from dev.servers import Servers, servers

FOLDER = VAR / "bench-worker"
LIMITS = {"active": 10_000, "daily": 1_000_000}
PROVIDERS = ("PLACES", "DETECTIONS_PER_SECOND", "SUBMISSIONS_PER_SECOND", "LOOK_UPS_PER_SECOND")
LIFTED = {
    **{f"DASHSCOPE_{limit}": "100000" for limit in PROVIDERS},
    "DASHSCOPE_API_KEY": "a key for the bench",
    "DASHSCOPE_RESULT_HOST_SUFFIX": LOOPBACK,
    "EMOJI_POLL_SECONDS": "0",
    "LOG_LEVEL": "WARNING",
}
WARM_UP = 100


@dataclass
class OurWorkers:
    children: Sequence[Child]
    env: Mapping[str, str]
    photos: int
    done = """
    SELECT count(*), extract(epoch FROM max(completed_at)) FROM emoji_emojitask
    WHERE status = 'succeeded' AND completed_at > to_timestamp(%s)
    """

    @property
    def database_url(self) -> str:
        return self.env["DATABASE_URL"]

    def fill(self, tasks: int) -> float:
        code = f"from dev.bench_orders import fill; fill({tasks}, {min(self.photos or tasks, tasks)})"
        shell = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code]
        told = subprocess.run(shell, env=self.env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
        return float(told.splitlines()[-1])


def main() -> int:
    given = _arguments()
    narration = Narration()
    with children() as family, servers(family, "bench-worker") as found:
        url = _provider(family)
        with _ours(family, found, given, url) as ours, _peer(family, found, given, url) as peer:
            both: list[Workers] = [ours, peer] if peer else [ours]
            for workers in both:
                drained(workers, WARM_UP)
            rounds = []
            for _ in range(0, given.tasks, given.at_once):
                rounds.append([drained(workers, given.at_once) for workers in both])
                told = ", ".join(f"{pace.per_second:.0f} a second at {pace.cpu_ms:.1f} ms CPU" for pace in rounds[-1])
                narration.say(f"  {told}; each of our processes: {memory_mb(ours.children[0].process.pid)} MB")
    if peer:
        narration.say(_compared(rounds))
    return 0


def _compared(rounds: Sequence[Sequence[Pace]]) -> str:
    speed = [ours.per_second / peer.per_second for ours, peer in rounds]
    cost = [ours.cpu_ms / peer.cpu_ms for ours, peer in rounds]
    told = (f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})" for ratios in (speed, cost))
    return "ours / peer: {} in speed, {} in CPU".format(*told)


def _provider(family: Children) -> str:
    port = free_port()
    sizes = ["--workers", "1", "--blocking-threads", "1", "--log-level", "warning"]
    serve = [*processes.PYTHON, "granian", "--interface", "wsgi", "--host", LOOPBACK, "--port", str(port), *sizes]
    family.start("provider", [*serve, "dev.instant_dashscope:application"], FOLDER / "log" / "provider.log", cwd=ROOT)
    return f"http://{LOOPBACK}:{port}/api/v1"


@contextmanager
def _ours(family: Children, found: Servers, given: argparse.Namespace, provider_url: str) -> Iterator[OurWorkers]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    config = FOLDER / "config.json"
    config.write_text(json.dumps({"task_limits": {"free": LIMITS, "vip": LIMITS}}))
    env = processes.environment(found, free_port(), FOLDER) | LIFTED
    env |= {"DASHSCOPE_BASE_URL": provider_url, "REMOTE_CONFIG_FILE": str(config)}
    env |= {"ALIYUN_EMOJI_MOCK": str(given.in_process).lower()}
    processes.prepare(family, env, FOLDER)
    app = "dev.instant_celery" if given.in_process else "pickitchen"
    how = [*processes.worker(app), *(["--max-tasks-per-child", "1000000"] if given.no_new_processes else [])]
    worker = family.start("worker", how, FOLDER / "log" / "worker.log", env=env, cwd=ROOT)
    family.start("beat", processes.beat(), FOLDER / "log" / "beat.log", env=env, cwd=ROOT)
    yield OurWorkers([worker], env, given.photos)


def _peer(
    family: Children, found: Servers, given: argparse.Namespace, provider_url: str
) -> AbstractContextManager[PeerWorkers | None]:
    if not given.reference:
        return nullcontext()
    url = "" if given.in_process else provider_url
    return peer_workers(family, found, given.reference / "peer_fastapi", FOLDER, url)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reference", type=Path, nargs="?")
    parser.add_argument("--tasks", type=int, default=5_000)
    parser.add_argument("--at-once", type=int, default=1_000)
    parser.add_argument("--photos", type=int, default=10, help="that the tasks of a round share; 0: each has its own")
    parser.add_argument("--in-process", action="store_true")
    parser.add_argument("--no-new-processes", action="store_true", help="to see whether their memory grows")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(command.run(main))
