"""What compose.yaml and the image promise one another, and the product; `make compose-test` sees it happen."""

import os
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

ROOT = Path(__file__).parent.parent
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
WRITTEN = ("METRICS_DIR", "HEARTBEAT_FILE", "LOCAL_PHOTO_DIR")
LOGGING = re.compile(r'"-c", "(log_\w+)=([^"]+)"')
A_NAME = "the nickname of somebody"


@pytest.mark.parametrize("name", OURS)
def test_what_a_process_writes_lies_where_its_container_lets_it(name: str) -> None:
    service = OURS[name]
    assert service["read_only"]
    places = [place.partition(":")[0] for place in service["tmpfs"]]
    places += [volume.split(":")[1] for volume in service["volumes"]]
    written = [Path(service["environment"][named]) for named in WRITTEN if named in service["environment"]]
    assert len(written) >= 2
    assert [path for path in written if not any(path.is_relative_to(place) for place in places)] == []


def test_each_container_counts_for_itself() -> None:
    """A folder that two of them share would be told twice, and their sums would be double."""
    volumes = {volume.split(":")[1] for service in OURS.values() for volume in service["volumes"]}
    folders = {Path(service["environment"]["METRICS_DIR"]) for service in OURS.values()}
    assert [folder for folder in folders if any(folder.is_relative_to(volume) for volume in volumes)] == []


@pytest.mark.parametrize("named", ["RELEASE_VERSION", "RELEASE_COMMIT"])
def test_the_image_keeps_the_name_of_the_release_that_compose_builds_into_it(named: str) -> None:
    assert named in OURS["web"]["build"]["args"]
    of_the_last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(rf"^ARG {named}=", of_the_last_stage, re.MULTILINE)
    assert f"{named}=${{{named}}}" in re.findall(r"^ENV (.+)$", of_the_last_stage, re.MULTILINE)[-1].split()
    # Compose's own would hide it.
    assert not any(named in service["environment"] for service in OURS.values())


@pytest.mark.parametrize("file", ["compose.yaml", "compose.production.yaml"])
def test_postgresql_does_not_log_what_a_slow_statement_was_given(file: str) -> None:
    settings = dict(LOGGING.findall((ROOT / file).read_text()))
    assert int(settings.pop("log_min_duration_statement")) > 0
    told: list[str] = []
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as session:
        session.add_notice_handler(lambda notice: told.append(f"{notice.message_primary} {notice.message_detail}"))
        for name, value in {**settings, "log_min_duration_statement": "0", "client_min_messages": "log"}.items():
            session.execute("SELECT set_config(%s, %s, false)", [name, value])
        session.execute("SELECT %s::text", [A_NAME])
    assert any("SELECT $1::text" in line for line in told)
    assert A_NAME not in "".join(told)
