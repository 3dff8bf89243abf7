"""What the product's processes wrote last, for the report of a test that failed: its logs are gone when it is read."""

from dev.children import Child, Children

LINES = 30


def last_words(family: Children) -> list[tuple[str, str]]:
    """A heading and a text for each process that has not been stopped."""
    return [(f"{child.name} {_state(child)}", _end(child)) for child in family.running]


def _state(child: Child) -> str:
    return f"has ended with {child.process.returncode}" if child.ended else "runs"


def _end(child: Child) -> str:
    lines = child.log.read_text(errors="replace").splitlines() if child.log.exists() else []
    return "\n".join(lines[-LINES:])
