"""A worker that wakes up while another does its work: F14 of the failure model."""

import os
import signal
import threading

import pytest

from dev.dashscope_behaviours import holds
from tests.journeys.conftest import wait_until
from tests.journeys.in_kitchen.kitchen import Kitchen
from tests.journeys.in_kitchen.test_worker_limits import is_met, order_with

# The lease runs out during the sleep; the time of the task does not, or its worker would be replaced as it wakes. Calls
# have more time than the test needs: what ends one of itself is not what this is about.
SETTINGS = {"EMOJI_LEASE_SECONDS": "8", "DASHSCOPE_CALL_SECONDS": "50", "DASHSCOPE_DOWNLOAD_SECONDS": "50"}


@pytest.mark.parametrize(("operation", "meanwhile"), [("submit", "list"), ("download", "download")])
def test_f14_a_worker_that_wakes_while_another_has_its_task_writes_nothing(
    quiet: Kitchen, operation: str, meanwhile: str
) -> None:
    first, second = threading.Event(), threading.Event()
    order = order_with(quiet, operation, holds(first))
    is_met(quiet, order)
    sleeper, noticed = quiet.last_caller(), quiet.logged("another worker has this task now")
    quiet.dashscope.next(meanwhile, holds(second))
    os.killpg(sleeper.process.pid, signal.SIGSTOP)
    wait_until(lambda: not quiet.dashscope.misfortune.left(), "the other worker is in the midst of it")
    held = order.row
    first.set()
    os.killpg(sleeper.process.pid, signal.SIGCONT)
    wait_until(lambda: quiet.logged("another worker has this task now") > noticed, "the sleeper notices")
    assert (order.row.lease_token, order.row.version, order.row.stage) == (held.lease_token, held.version, held.stage)
    second.set()
    quiet.require_made(order)
