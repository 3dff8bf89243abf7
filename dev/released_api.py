"""`make openapi-released`: what the description promises now is what released apps may rely on from now on."""

import json
import sys
from typing import Any

from dev import command
from dev.breaking_changes import breaking_changes
from dev.failure import Failure
from dev.project import ROOT

DESCRIBED = ROOT / "docs" / "openapi.json"
RELEASED = ROOT / "docs" / "openapi.released.json"
# What says nothing to a program.
WORDS = ("description", "summary", "example", "examples", "x-error-codes", "x-rate-limit", "tags")


def main() -> int:
    described = json.loads(DESCRIBED.read_text())
    if RELEASED.exists() and (broken := breaking_changes(json.loads(RELEASED.read_text()), described)):
        raise Failure("apps that are out there would break:\n" + "\n".join(broken))
    RELEASED.write_text(json.dumps(without_words(described), indent=1, sort_keys=True) + "\n")
    return 0


def without_words(value: Any) -> Any:
    """A field may be called like a word; then it stands among properties, as an object."""
    if isinstance(value, dict):
        return {
            name: without_words(inner)
            for name, inner in value.items()
            if name not in WORDS or (name in ("description", "summary", "example") and isinstance(inner, dict))
        }
    return [without_words(inner) for inner in value] if isinstance(value, list) else value


if __name__ == "__main__":
    sys.exit(command.run(main))
