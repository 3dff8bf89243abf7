"""Processes count side by side, and a count outlives its process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from apps.core.metric_slots import Slots
from tests.scrape import Scrape, parsed

COUNT = """
import os, sys
import django
django.setup()
from apps.core import metrics
from apps.emoji.metrics import enqueue_failures, tasks
from apps.core.job_metrics import ended
enqueue_failures.inc()
for _ in range(int(sys.argv[1])):
    if os.fork() == 0:
        enqueue_failures.inc()
        tasks.labels("failed", "internal_error").inc(2)
        ended("a task", "SUCCESS")
        if len(sys.argv) > 2:
            os.kill(os.getpid(), 9)
        os._exit(0)
    os.wait()
sys.stdout.write(metrics.told(with_shared_states=False).decode())
"""


def counted(folder: Path, *arguments: str) -> Scrape:
    env = os.environ | {"METRICS_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "pickitchen.settings"}
    command = [sys.executable, "-c", COUNT, *arguments]
    return parsed(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout)


def test_the_counts_of_a_process_and_its_children_are_added_up(tmp_path: Path) -> None:
    told = counted(tmp_path, "5")
    assert told.value("pk_enqueue_failures_total") == 6
    assert told.value("pk_tasks_total", code="internal_error") == 10
    assert told.value("pk_job_last_success_timestamp", task="a task") > 1_700_000_000


def test_a_child_takes_the_slot_of_one_that_ended_however_it_ended(tmp_path: Path) -> None:
    told = counted(tmp_path, "20", "killed")
    assert told.value("pk_enqueue_failures_total") == 21
    assert len(list(tmp_path.glob("slot-*.lock"))) == 2


def test_a_count_goes_on_after_a_restart(tmp_path: Path) -> None:
    counted(tmp_path, "0")
    assert counted(tmp_path, "0").value("pk_enqueue_failures_total") == 2


def test_a_folder_that_cannot_be_used_does_not_stop_the_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert counted(tmp_path / "file" / "folder", "0").value("pk_enqueue_failures_total") == 1


def test_a_process_keeps_its_slot(tmp_path: Path) -> None:
    slots = Slots(tmp_path)
    assert (slots.mine(), slots.mine()) == (0, 0)


def test_a_folder_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="slot-0"):
        Slots(tmp_path / "gone").mine()
