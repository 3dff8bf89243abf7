"""Ports of this machine that nobody listens on."""

import random
import socket

from dev.failure import Failure

LOOPBACK = "127.0.0.1"
# Below the ports that systems give to outgoing connections: one of those could take ours before its server does.
LOWEST, HIGHEST = 20_000, 32_000
TRIES = 100


def free_port(wanted: int = 0) -> int:
    """`wanted` when it is free, else any."""
    # Not the random module's own generator: tests seed that one, and two runs would ask for the same ports.
    chance = random.SystemRandom()
    for port in (wanted, *(chance.randint(LOWEST, HIGHEST) for _ in range(TRIES))):
        if port and _is_free(port):
            return port
    raise Failure(f"no free port was found between {LOWEST} and {HIGHEST} on {LOOPBACK}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do, so that a port with old connections in their last minute counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
