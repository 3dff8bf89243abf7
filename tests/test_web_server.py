"""What the web server loads before it forks, all its processes share; so nothing may be open or under way in it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev.project import ROOT

DESCRIPTORS = "/proc/self/fd"
TELL = f"""
import os, threading
from pickitchen import web_server
opened = [os.path.realpath(f"{DESCRIPTORS}/{{number}}") for number in os.listdir("{DESCRIPTORS}")]
print(threading.active_count(), [name for name in opened if "socket:" in name])
"""


@pytest.mark.skipif(not Path(DESCRIPTORS).exists(), reason="this system does not tell what a process has open")
def test_the_product_is_loaded_with_one_thread_and_without_a_connection() -> None:
    command = [sys.executable, "-c", TELL]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "pickitchen.settings"}
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=True)
    assert told.stdout.splitlines()[-1] == "1 []"
