"""A worker that is asked to stop ends when its jobs have, and not later."""

import os
import signal
import time
from functools import partial

import redis

from tests.journeys.conftest import Product, wait_until
from tests.journeys.test_worker_faults import has_ended, pool_children, succeeded


def test_a_job_that_was_handed_out_at_the_last_moment_holds_nobody_up(product: Product) -> None:
    """It stands in a child's pipe when the word to stop comes, and the worker strikes it off its books.

    The child of a worker that listens no more would wait for half a minute.
    """
    product.env |= {"WORKER_FINISHES_SECONDS": "25"}
    product.start_web()
    app = product.app_with_points(200)
    upload_id = product.upload(app)
    worker = product.start_worker()
    wait_until(lambda: b"ready." in worker.log.read_bytes(), "the worker is ready")
    children = pool_children(worker)
    send(signal.SIGSTOP, children)
    app.create_task("mengwa_kaixin", upload_id)
    wait_until(lambda: redis.Redis.from_url(product.env["REDIS_URL"]).hlen("unacked"), "the job is handed out")
    worker.process.send_signal(signal.SIGTERM)
    wait_until(lambda: b"Warm shutdown" in worker.log.read_bytes(), "the worker has heard it")
    time.sleep(1)
    send(signal.SIGCONT, children)
    wait_until(partial(has_ended, worker), "the worker ends")
    assert b"Cold shutdown" not in worker.log.read_bytes()
    product.start_worker()
    product.start_beat()
    wait_until(partial(succeeded, 1), "the task succeeds")


def send(sent: signal.Signals, processes: list[int]) -> None:
    for pid in processes:
        os.kill(pid, sent)
