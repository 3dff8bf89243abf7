"""The edges of what is described, one by one: each bound of each field, each field missing or of another type, methods
that do not exist, no token. Schemathesis looks for them, with all its checks."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dev import processes
from dev.fake_revenuecat import KEY, FakeRevenueCat
from dev.project import ROOT
from tests.conftest import WEBHOOK_SECRET
from tests.journeys.conftest import Product
from tests.journeys.test_generated_calls import SEED

# They would end the session that everything else needs.
LAST = ("auth_logout", "auth_sessions_destroy", "user_delete", "user_deletion_cancel")
# What fits the description may still be refused: it has no words for a cursor of ours, a time zone, or enough points.
NO_PROMISE = "positive_data_acceptance"


@pytest.fixture
def revenuecat() -> Iterator[FakeRevenueCat]:
    fake = FakeRevenueCat()
    fake.start()
    yield fake
    fake.stop()


@pytest.mark.timeout(600)
def test_no_edge_is_open(
    product: Product, revenuecat: FakeRevenueCat, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    product.env |= {"LONG_POLL_SEATS": "0", "REVENUECAT_WEBHOOK_SECRET": WEBHOOK_SECRET}
    product.env |= {"REVENUECAT_API_URL": revenuecat.url, "REVENUECAT_API_KEY": KEY}
    product.start_web()
    app = product.app_with_points(100_000)
    left_out = [word for name in LAST for word in ("--exclude-operation-id", name)]
    with capsys.disabled():
        print(f"\nFUZZ_SEED={SEED} at the edges", flush=True)
    done = run(
        *(
            "--url",
            processes.base_url(product.port),
            "--header",
            f"Authorization: {app.http.headers['Authorization']!s}",
        ),
        *("--phases", "coverage", "--mode", "all", "--exclude-checks", NO_PROMISE, "--seed", str(SEED), *left_out),
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stdout[-20_000:]
    assert "No test cases" not in done.stdout


def run(*options: str, folder: Path) -> Any:
    """In a folder of its own, for what it writes."""
    program = Path(sys.executable).parent / "schemathesis"
    command = [
        str(program),
        "run",
        str(ROOT / "docs" / "openapi.json"),
        "--no-color",
        "--continue-on-failure",
        *options,
    ]
    quiet = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return subprocess.run(command, cwd=folder, env=quiet, capture_output=True, text=True, check=False, timeout=580)
