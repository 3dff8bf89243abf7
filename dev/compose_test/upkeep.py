"""What an operator asks and does: which release is it, what do the workers count, can a backup be read back?"""

import json
from collections.abc import Callable
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from dev.compose_test.composition import RELEASE, Composition
from dev.failure import Failure

METRICS_PORT = 9100
READ_METRICS = f"""
import os, urllib.request
asked = urllib.request.Request("http://127.0.0.1:{METRICS_PORT}/metrics")
asked.add_header("Authorization", "Bearer " + os.environ["METRICS_TOKEN"])
print(urllib.request.urlopen(asked, timeout=10).read().decode())
"""
READ_READINESS = """
import urllib.request
print(urllib.request.urlopen("http://127.0.0.1:8000/readyz", timeout=30).read().decode())
"""
LOSE_THE_DATABASE = (
    "ALTER DATABASE pickitchen RENAME TO pickitchen_lost",
    "CREATE DATABASE pickitchen OWNER pickitchen",
)


def require_release(composition: Composition) -> None:
    told = json.loads(composition.inside("web", "python", "-c", READ_READINESS))
    if {"version": told["version"], "commit": told["commit"]} != RELEASE:
        raise Failure(f"/readyz tells {told['version']} {told['commit']} instead of {RELEASE}")


def require_counts(composition: Composition, *, emoji: int) -> None:
    """The children of the only worker have counted what they made, and their parent tells it."""
    told = composition.inside("worker", "python", "-c", READ_METRICS)
    samples = [sample for family in text_string_to_metric_families(told) for sample in family.samples]
    made = sum(one.value for one in samples if one.name == "pk_tasks_total" and one.labels.get("status") == "succeeded")
    if made != emoji:
        raise Failure(f"the worker counts {made:.0f} emoji instead of {emoji}")


def restore_a_backup(composition: Composition, folder: Path, still_holds: Callable[[], None]) -> None:
    """As docs/backup.md tells it; `folder` may be written by the image's account."""
    by_hand = ("run", "--rm", "--no-deps", "--no-TTY")
    manage = (*by_hand, "--volume", f"{folder}:/backups", "web", "python", "manage.py")
    file = composition.compose(*manage, "backup", "/backups").split()[-1]
    composition.compose("stop", "proxy", "web", "worker", "beat")
    for statement in LOSE_THE_DATABASE:
        composition.inside("db", "psql", "-U", "postgres", "-c", statement)
    composition.compose(*manage, "restore", file)
    composition.compose(*by_hand, "migrate")
    composition.compose(*manage, "check_invariants")
    composition.up()
    still_holds()
