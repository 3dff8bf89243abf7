"""One line of JSON for each thing that happened, in production; words in development; without secrets in both."""

import json
import logging
from typing import Any

import pytest
import structlog

from apps.core import log_format

SECRET = "pkd1_6hV0cGvJq2w"


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture) -> Any:
    """The last line, as the handler writes it."""

    def write(kind: str = "json") -> str:
        options = log_format.formatter(kind, "web")
        made = structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=options["foreign_pre_chain"], processors=options["processors"]
        )
        return made.format(caplog.records[-1])

    caplog.set_level(logging.INFO)
    return write


def test_a_line_of_ours_is_json_with_what_it_is_marked_with(written: Any) -> None:
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        structlog.get_logger("a module").info("it happened", number=3, device_id="phone")
        line = json.loads(written())
    timestamp = line.pop("timestamp")
    assert timestamp.endswith("Z")
    assert line == {
        "event": "it happened",
        "number": 3,
        "device_id": "[removed]",
        "level": "info",
        "logger": "a module",
        "process": "web",
        "request_id": "abc",
    }


def test_a_librarys_line_is_json_too_and_as_clean(written: Any) -> None:
    logging.getLogger("a library").warning("refused %s\nsecond line", SECRET)
    line = written()
    assert "\n" not in line
    assert json.loads(line)["event"] == "refused [removed]\nsecond line"


def test_a_traceback_is_in_the_line_without_the_secret_it_quotes(written: Any) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        structlog.get_logger("a module").exception("it broke")
        line = written()
    assert "\n" not in line
    assert "ValueError: [removed]" in json.loads(line)["exception"]


def test_in_development_it_reads_as_words_and_is_as_clean(written: Any) -> None:
    structlog.get_logger("a module").info("it happened", url=f"https://a/b?signature={SECRET}")
    assert "it happened" in written("console")
    assert SECRET not in written("console")
    assert not written("console").startswith("{")
