"""One configuration for containers and for loopback: both fill in all of it, and nginx takes it."""

import re
import subprocess
from pathlib import Path

from dev.nginx import TEMPLATE, configuration, program
from dev.project import ROOT

NAME = re.compile(r"\$\{([A-Z_]+)\}")


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    config = tmp_path / "nginx.conf"
    config.write_text(configuration(tmp_path, 20_000, [20_001, 20_002]))
    done = subprocess.run(
        [program(), "-t", "-e", "stderr", "-p", tmp_path, "-c", config], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_nothing_is_left_to_fill_in(tmp_path: Path) -> None:
    assert NAME.findall(configuration(tmp_path, 20_000, [20_001])) == ["NAMES"]


def test_compose_fills_in_every_name_too() -> None:
    wanted = set(NAME.findall(TEMPLATE.read_text())) - {"NAMES"}
    proxy = (ROOT / "compose.yaml").read_text().partition("  proxy:\n")[2].partition("\n  mail:")[0]
    given = set(re.findall(r"^      ([A-Z_]+):", proxy, re.MULTILINE))
    filled_in = set(re.findall(r"\$\$([A-Z_]+)", proxy))
    assert wanted == given == filled_in
