"""`make bench-worker`: how many emoji two worker processes make in a second when the provider answers at once.

Each is the whole work: the user's photo made upright and without EXIF, submitted, asked about, the clip fetched over
HTTP and put away. `--tasks 20000` shows whether memory stays flat.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg

from dev import command, processes
from dev.children import Child, children
from dev.failure import Failure
from dev.fake_dashscope import FakeDashScope
from dev.free_port import free_port
from dev.narration import Narration
from dev.project import ROOT, VAR
from dev.servers import servers

FOLDER = VAR / "bench"
PHOTO = ROOT / "dev" / "portrait.jpg"
LIFTED = {
    "ALIYUN_EMOJI_MOCK": "false",
    "DASHSCOPE_API_KEY": "a key for the bench",
    "DASHSCOPE_RESULT_HOST_SUFFIX": "127.0.0.1",
    "DASHSCOPE_PLACES": "100000",
    "DASHSCOPE_DETECTIONS_PER_SECOND": "100000",
    "DASHSCOPE_SUBMISSIONS_PER_SECOND": "100000",
    "DASHSCOPE_LOOK_UPS_PER_SECOND": "100000",
    "EMOJI_POLL_SECONDS": "0.01",
    "LOG_LEVEL": "WARNING",
}
ORDER = """
from django.db import connection
from django.utils import timezone
from uuid import uuid4
from apps.accounts.models import User
from apps.core.snowflake import next_id
from apps.emoji import backends, submission, tasks
from apps.emoji.models import EmojiTemplate, PhotoUpload
from apps.points import ledger
photo = open({photo!r}, "rb").read()
user = User.objects.create_user()
ledger.credit(user.id, 200 * {tasks}, kind=ledger.Kind.PROMO, bucket=ledger.Bucket.GRANTED,
    reference=f"bench:{{user.id}}", title="Bench")
upload = PhotoUpload.objects.create(user=user, key=f"photos/bench/{{user.id}}.jpg", content_type="image/jpeg",
    content_length=len(photo), expires_at=timezone.now())
backends.photo_store().write(upload.key, photo, content_type="image/jpeg")
wish = submission.Wish(EmojiTemplate.objects.first(), upload, "")
for _ in range({tasks}):
    submission.submit(user.id, wish)
"""


def main() -> int:
    given = _arguments()
    narration = Narration()
    fake = FakeDashScope(run_seconds=0)
    fake.start()
    with children() as family, servers(family, "bench") as found:
        FOLDER.mkdir(parents=True, exist_ok=True)
        config = FOLDER / "config.json"
        many = {"active": 10_000, "daily": 1_000_000}
        config.write_text(json.dumps({"task_limits": {"free": many, "vip": many}}))
        env = processes.environment(found, free_port(), FOLDER) | LIFTED
        env |= {"DASHSCOPE_BASE_URL": fake.url, "REMOTE_CONFIG_FILE": str(config)}
        processes.migrate(family, env, FOLDER)
        worker = family.start("worker", processes.worker(), FOLDER / "log" / "worker.log", env=env, cwd=ROOT)
        family.start("beat", processes.beat(), FOLDER / "log" / "beat.log", env=env, cwd=ROOT)
        for number in range(0, given.tasks, given.at_once):
            _round(narration, env, found.database_url, worker, min(given.at_once, given.tasks - number))
    fake.stop()
    return 0


def _round(narration: Narration, env: Mapping[str, str], url: str, worker: Child, tasks: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        before = _made(connection)
        began = time.monotonic()
        code = ORDER.format(photo=str(PHOTO), tasks=tasks)
        subprocess.run(
            [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code], env=env, cwd=ROOT, check=True
        )
        ordered = time.monotonic() - began
        while (made := _made(connection) - before) < tasks:
            if time.monotonic() - began > 60 + tasks:
                raise Failure(f"{made} of {tasks} are made: read {worker.log}")
            time.sleep(0.05)
    seconds = time.monotonic() - began
    narration.say(
        f"  {tasks} in {seconds:.1f} s (ordered within {ordered:.1f} s): {tasks / seconds:.1f} a second,"
        f" workers {_memory_mb(worker.process.pid):.0f} MB"
    )


def _made(connection: "psycopg.Connection[tuple[int]]") -> int:
    row = connection.execute("SELECT count(*) FROM emoji_emojitask WHERE status = 'succeeded'").fetchone()
    return row[0] if row else 0


def _memory_mb(pid: int) -> float:
    """Of a process and its children."""
    told = Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()
    own = told[0] if told else 0  # one that has just ended
    children_of = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(own) / 1024 + sum(_memory_mb(int(child)) for child in children_of)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=1_000)
    parser.add_argument("--at-once", type=int, default=1_000)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(command.run(main))
