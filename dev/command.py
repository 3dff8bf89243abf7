"""How every command of this folder begins and ends."""

import sys
from collections.abc import Callable

from dev import interruption
from dev.failure import Failure


def run(main: Callable[[], int]) -> int:
    """The exit code. A failure is one line on stderr; a signal is 128 and its number, as a shell counts."""
    interruption.listen()
    try:
        return main()
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"error: {error.filename} belongs to another account: remove it or make it yours", file=sys.stderr)
        return 1
    except interruption.Interrupted as interrupted:
        print(f"stopped by {interrupted}", file=sys.stderr)
        return interrupted.exit_code
