"""How a log line is written: JSON in production, words in development; without secrets in both."""

import logging
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor

from apps.core import request_user
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

    def tell_process(logger: Any, method: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    is_json = log_format == "json"
    in_words = structlog.dev.ConsoleRenderer(colors=False)
    written: Processor = structlog.processors.JSONRenderer(_as_text) if is_json else in_words
    return {
        "()": "structlog.stdlib.ProcessorFormatter",
        "foreign_pre_chain": SHARED,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            without_secrets,
            *([tell_process] if is_json else []),
            written,
        ],
    }


def _as_text(event: EventDict, **_: Any) -> str:
    """What JSON has no form for is told as `repr` would; a line must never fail for it."""
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()


def configure() -> None:
    # Nobody reads from which thread, process or line of code a record comes: each costs a look for every record.
    logging.logThreads = logging.logMultiprocessing = logging.logProcesses = False
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
