"""Servers that are given are used, servers that are silent are named, and one command at a time has a folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev.children import children
from dev.failure import Failure
from dev.project import ROOT
from dev.servers import InUse, running_servers, servers

HOLD = """
import sys
from pathlib import Path
from dev.children import children
from dev.servers import servers
with children() as family, servers(family, "demo", var=Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_servers_of_the_environment_are_used(tmp_path: Path) -> None:
    with children() as family, servers(family, "demo", var=tmp_path) as found:
        assert found.database_url == os.environ["DATABASE_URL"]
        assert found.redis_url == os.environ["REDIS_URL"]
        assert family.running == []
        assert running_servers("demo", tmp_path) == found


def test_a_silent_database_is_named_without_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone:secret@127.0.0.1:1/none")
    said = r"DATABASE_URL \(127\.0\.0\.1:1/none\)"
    with pytest.raises(Failure, match=said) as failure, children() as family, servers(family, "demo", var=tmp_path):
        pass
    assert "secret" not in str(failure.value)


def test_a_silent_redis_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    with pytest.raises(Failure, match="REDIS_URL"), children() as family, servers(family, "demo", var=tmp_path):
        pass


def test_another_database_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///db.sqlite3")
    with pytest.raises(Failure, match="postgresql://"), children() as family, servers(family, "demo", var=tmp_path):
        pass


def test_a_second_command_is_told_who_holds_the_folder_until_it_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as holder,
        children() as family,
    ):
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(InUse, match=f"process {holder.pid}"), servers(family, "demo", var=tmp_path):
            pass
        holder.kill()
        holder.wait()
        with servers(family, "demo", var=tmp_path):
            pass
