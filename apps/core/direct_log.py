"""The way of our own lines of information in production: straight to where `logging` would write them.

There is one for each request and each step, and nobody but the log listens to them; the way through `logging` costs
several times as much as the line. Warnings and errors take it all the same, for error reports hear them there.
"""

import logging
from typing import Any, BinaryIO, ClassVar

import orjson
import structlog
from structlog.typing import Processor


class Line:
    """How one is made and where it goes."""

    def __init__(self, processors: list[Processor], file: BinaryIO) -> None:
        self.processors = processors
        self.file = file

    def write(self, logger: Any, event: dict[str, Any]) -> None:
        line: Any = event
        for processor in self.processors:
            line = processor(logger, "info", line)
        self.file.write(as_json(line) + b"\n")
        self.file.flush()


class DirectLogger(structlog.stdlib.BoundLogger):
    line: ClassVar[Line]

    def info(self, event: str | None = None, *args: Any, **kw: Any) -> Any:
        """Words with places for values in them are `logging`'s to fill in."""
        if args:
            return super().info(event, *args, **kw)
        if self._logger.isEnabledFor(logging.INFO):
            self.line.write(self._logger, {**self._context, "event": event, **kw})
        return None


def as_json(event: Any) -> bytes:
    """What JSON has no form for is told as `repr` would; a line must never fail for it."""
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS)
