"""Where this clone is, and where it keeps what it makes."""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Each command has a folder of its own below it, so that tests may run while `make dev` does.
VAR = ROOT / "var"


def clone_key(root: Path = ROOT) -> str:
    """Tells clones apart where they share a folder."""
    return hashlib.sha256(str(root).encode()).hexdigest()[:12]
