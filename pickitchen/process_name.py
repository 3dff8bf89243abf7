"""What this process is: web, worker, beat, or a command of manage.py."""

import sys
from collections.abc import Sequence
from pathlib import Path

CELERYS = ("worker", "beat")


def process_name(arguments: Sequence[str] = ()) -> str:
    program, *words = arguments or sys.argv
    if "celery" in Path(program).parts or Path(program).name == "celery":
        return next((word for word in words if word in CELERYS), "celery")
    if Path(program).name == "manage.py":
        return words[0] if words and words[0].isidentifier() else "manage"
    return "web"
