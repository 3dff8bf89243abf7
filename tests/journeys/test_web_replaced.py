"""A web process that dies is replaced by the server it belongs to, which has the product loaded already."""

import os
import signal
from functools import partial

from dev import process_table
from tests.journeys.conftest import Product, broken_invariants, wait_until

# What loading the product says, once.
LOADED = "System check identified no issues"


def test_every_web_process_can_be_killed_and_its_successor_takes_orders(product: Product) -> None:
    product.start_web()
    server = product.web.process.pid
    first = web_processes(server)
    for pid in first:
        os.kill(pid, signal.SIGKILL)
        wait_until(partial(is_replaced, pid, server, len(first)), "a successor")
    app = product.app_with_points(2000)
    upload = product.upload(app)
    orders = [app.create_task(app.templates()[0]["id"], upload) for _ in range(8)]
    assert len({order["id"] for order in orders}) == len(orders)
    assert broken_invariants() == []
    assert set(first).isdisjoint(web_processes(server))
    assert product.web.log.read_text().count(LOADED) == 1


def is_replaced(pid: int, server: int, processes: int) -> bool:
    running = web_processes(server)
    return pid not in running and len(running) == processes


def web_processes(server: int) -> list[int]:
    return [pid for pid in process_table.group(server) if pid != server]
