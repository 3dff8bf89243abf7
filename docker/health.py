"""Is this container's process well? Exit code 0 or 1, and one line. Standard library only, because it runs often.

A web server answers. A worker's or beat's heartbeat file is young: their loop turns, however busy they are. While Redis
is away a worker has no loop to turn and waits for it; that is no reason to restart it, so then it counts as well.
"""

import os
import socket
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

SECONDS = 4.0
# A worker beats every two seconds and beat each second; both may be busy with a start or a slow broker.
OLDEST_HEARTBEAT_SECONDS = 60.0


def web() -> str:
    """What is wrong; empty when nothing is."""
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("WEB_PORT", "8000")), timeout=SECONDS)
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip()
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"the web server does not answer: {error}"
    return "" if status == 200 else f"the web server answers {status}"


def heartbeat() -> str:
    age = _heartbeat_age()
    if age <= OLDEST_HEARTBEAT_SECONDS or not _redis_answers():
        return ""
    return f"the last heartbeat was {age:.0f} s ago"


def _heartbeat_age() -> float:
    try:
        return time.time() - Path(os.environ["HEARTBEAT_FILE"]).stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _redis_answers() -> bool:
    """With an error too: without a login it refuses to say more."""
    parts = urlsplit(os.environ["REDIS_URL"])
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 6379), timeout=SECONDS) as link:
            link.sendall(b"PING\r\n")
            return bool(link.recv(1))
    except OSError:
        return False


if __name__ == "__main__":
    wrong = {"web": web, "heartbeat": heartbeat}[sys.argv[1]]()
    print(wrong or "well")
    sys.exit(bool(wrong))
