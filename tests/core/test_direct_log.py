"""Lines of information go straight to the log, as `logging` would have written them; the rest takes its way."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from apps.core import log_format
from apps.core.direct_log import DirectLogger, Line

SECRET = "pkd1_6hV0cGvJq2w"


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    file = io.BytesIO()
    monkeypatch.setattr(DirectLogger, "line", Line(log_format.direct_processors("web"), file), raising=False)
    return file


@pytest.fixture
def log(file: io.BytesIO, caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    caplog.set_level(logging.INFO)
    before = structlog.get_config()
    structlog.configure(wrapper_class=DirectLogger, cache_logger_on_first_use=False)
    yield structlog.get_logger("a module")
    structlog.configure(**before)


def test_a_line_is_the_one_that_logging_would_write(
    log: Any, file: io.BytesIO, caplog: pytest.LogCaptureFixture
) -> None:
    seen = {"number": 3, "token": "x", "url": f"https://a/b?signature={SECRET}", "strange": object}
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        log.info("it happened", **seen)
        assert caplog.records == []
        log.warning("it happened", **seen)
        options = log_format.formatter("json", "web")
        made = structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=options["foreign_pre_chain"], processors=options["processors"]
        )
        by_logging = json.loads(made.format(caplog.records[-1]))
    (line,) = map(json.loads, file.getvalue().splitlines())
    assert line["level"] == "info"
    assert {**line, "timestamp": 0, "level": 0} == {**by_logging, "timestamp": 0, "level": 0}
    assert SECRET not in file.getvalue().decode()


def test_words_with_places_for_values_are_filled_in_by_logging(
    log: Any, file: io.BytesIO, caplog: pytest.LogCaptureFixture
) -> None:
    log.info("%s of %s", 3, 7)
    assert file.getvalue() == b""
    assert len(caplog.records) == 1


def test_below_its_level_nothing_is_written(log: Any, file: io.BytesIO, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    log.info("it happened")
    assert file.getvalue() == b""
