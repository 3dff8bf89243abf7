"""docs/security.md names each threat, and tests that exist."""

import re

import pytest

from dev.project import ROOT

ROWS = re.findall(r"^\| (T-\d\d) \|.*\|(.*)\|$", (ROOT / "docs" / "security.md").read_text(), re.MULTILINE)
THREATS = range(1, 40)
# What cannot be attacked because it is not there.
ABSENT = {"T-17"}


def test_every_threat_is_named_once() -> None:
    assert [name for name, _ in ROWS] == [f"T-{number:02}" for number in THREATS]


@pytest.mark.parametrize(("threat", "tests"), ROWS, ids=[name for name, _ in ROWS])
def test_a_threat_has_tests_that_exist(threat: str, tests: str) -> None:
    named = re.findall(r"`([^`]+)`", tests)
    assert bool(named) == (threat not in ABSENT)
    for name in named:
        path, _, test = name.partition("::")
        code = (ROOT / "tests" / path).read_text()
        assert not test or f"def {test}(" in code, name
