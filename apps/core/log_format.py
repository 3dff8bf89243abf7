"""How a log line is written: JSON in production, words in development; without secrets in both."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from apps.core import request_user
from apps.core.direct_log import DirectLogger, Line, as_json
from apps.core.scrubbing import scrubbed


def with_user(logger: Any, method: str, event: EventDict) -> EventDict:
    """A worker's lines have the task's user already."""
    if user_id := request_user.user_id():
        event.setdefault("user_id", user_id)
    return event


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    with_user,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def without_secrets(logger: Any, method: str, event: EventDict) -> EventDict:
    """After tracebacks have become text, for they quote values."""
    clean: EventDict = scrubbed(event)
    return clean


def formatter(log_format: str, process: str) -> dict[str, Any]:
    """For `logging`; `log_format` is json or console."""
    written = _json(process) if log_format == "json" else [structlog.dev.ConsoleRenderer(colors=False)]
    return {
        "()": "structlog.stdlib.ProcessorFormatter",
        "foreign_pre_chain": SHARED,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            without_secrets,
            *written,
        ],
    }


def direct_processors(process: str) -> list[Processor]:
    """Of the lines that do not pass `logging`."""
    return [*SHARED, structlog.processors.format_exc_info, without_secrets, _teller(process)]


def _json(process: str) -> list[Processor]:
    return [_teller(process), structlog.processors.JSONRenderer(lambda event, **_: as_json(event).decode())]


def _teller(process: str) -> Processor:
    def tell_process(logger: Any, method: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return tell_process


def configure(log_format: str, process: str) -> None:
    """`log_format` is json or console."""
    is_json = log_format == "json"
    DirectLogger.line = Line(direct_processors(process), sys.stderr.buffer)
    # Nobody reads from which thread, process or line of code a record comes: each costs a look for every record.
    logging.logThreads = logging.logMultiprocessing = logging.logProcesses = False
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=DirectLogger if is_json else structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
