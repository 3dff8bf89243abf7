"""`python -m pickitchen.web_server --host … --port …`: granian, with the product loaded before it forks its processes.

One that dies is replaced in milliseconds, because its successor has nothing to load; what is loaded is in memory once.
"""

import multiprocessing
import sys

from granian.cli import cli

from pickitchen import wsgi

# Few threads: each may hold a database connection. Backpressure well above them: idle connections of a proxy count too.
SIZES = ("--blocking-threads", "2", "--backpressure", "64")
LASTING = ("--respawn-failed-workers", "--workers-kill-timeout", "30s")
APPLICATION = f"{wsgi.__name__}:application"


def main() -> None:
    """Granian's other options may be given, and win: `--workers 4`."""
    multiprocessing.set_start_method("fork")
    arguments = ["--interface", "wsgi", *SIZES, *LASTING, *sys.argv[1:], APPLICATION]
    cli(args=arguments, auto_envvar_prefix="GRANIAN")


if __name__ == "__main__":
    main()
