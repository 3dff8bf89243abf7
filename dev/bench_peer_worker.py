"""The worker of the peer, a consumer of Redis Streams: two processes on the same PostgreSQL and Valkey as ours."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

from dev import bench_peer
from dev.children import Child, Children
from dev.project import ROOT
from dev.servers import Servers

STREAM, GROUP = "emoji:tasks", "emoji-workers"
ORDER = """
INSERT INTO emoji_tasks (id, user_id, status, image_url, template_id, points_cost, created_at, updated_at)
SELECT nextval('bench'), 1, 'pending', 'http://photos.example/1.jpg', 'mengwa_kaixin', 10, now(), now()
FROM generate_series(1, %s) RETURNING id
"""


@dataclass
class PeerWorkers:
    children: Sequence[Child]
    database_url: str
    redis_url: str
    done = """
    SELECT count(*), extract(epoch FROM max(updated_at)) FROM emoji_tasks
    WHERE status = 'completed' AND updated_at > to_timestamp(%s)
    """

    def fill(self, tasks: int) -> float:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            rows = connection.execute(ORDER, [tasks]).fetchall()
        began = time.time()
        with redis.Redis.from_url(self.redis_url) as stream, stream.pipeline(transaction=True) as together:
            for (task_id,) in rows:
                together.xadd(STREAM, {"task_id": str(task_id)})
            together.execute()
        return began


@contextmanager
def peer_workers(
    family: Children, found: Servers, source: Path, folder: Path, provider_url: str
) -> Iterator[PeerWorkers]:
    """With its own provider, in its process, when no `provider_url` is given."""
    python = bench_peer.environment(source, folder / "peer", "orjson", "urllib3", "certifi")
    database_url = bench_peer.database(found.database_url, source.parent / "limit" / "schema.sql")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE SEQUENCE bench")
    env = bench_peer.settings(found, database_url) | {
        "PYTHONPATH": os.pathsep.join((str(source), str(ROOT))),
        "DASHSCOPE_BASE_URL": provider_url,
    }
    with redis.Redis.from_url(env["PEER_REDIS_URL"]) as stream:
        stream.delete(STREAM)
        stream.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    script = ROOT / "dev" / "peer_worker.py" if provider_url else source / "worker.py"
    workers = [
        family.start(f"peer worker {number}", [python, script], folder / "log" / f"peer-{number}.log", env=env)
        for number in (1, 2)
    ]
    yield PeerWorkers(workers, database_url, env["PEER_REDIS_URL"])
