import os
import subprocess

from dev import process_table


def test_a_group_is_a_leader_and_what_it_started() -> None:
    leader = subprocess.Popen(["sh", "-c", "sleep 60 & sleep 60 & wait"], start_new_session=True)
    while len(process_table.group(leader.pid)) < 3:
        assert leader.poll() is None
    assert leader.pid in process_table.group(leader.pid)
    os.killpg(leader.pid, 9)
    leader.wait()
    assert leader.pid not in process_table.group(leader.pid)
