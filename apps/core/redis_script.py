"""Scripts that Redis runs, asked for by their digest over a connection that each thread keeps.

To share connections, the client does more than Redis has to do for an answer.
"""

import hashlib
import os
import threading
from functools import cached_property
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


class Script:
    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def digest(self) -> str:
        return hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class ScriptLink:
    """To one Redis, which may take so many `seconds` to connect, and to answer."""

    def __init__(self, url: str, seconds: float) -> None:
        self._pool: Any = redis.ConnectionPool.from_url(
            url, socket_timeout=seconds, socket_connect_timeout=seconds, retry=Retry(NoBackoff(), 0)
        )
        self._own = threading.local()

    def run(self, script: Script, keys: list[str], *arguments: int) -> Any:
        """Once more if the server has ended the connection that this thread kept. Raises RedisError."""
        asked = (len(keys), *keys, *arguments)
        try:
            return _answer(self._connection(), script, *asked)
        except redis.ConnectionError:
            return _answer(self._connection(), script, *asked)

    def _connection(self) -> Any:
        if getattr(self._own, "pid", None) != os.getpid():
            self._own.connection, self._own.pid = self._pool.make_connection(), os.getpid()
        return self._own.connection


def _answer(connection: Any, script: Script, *asked: Any) -> Any:
    """Redis may have forgotten the script. After another error the next answer might be to this question."""
    try:
        try:
            return _exchange(connection, "EVALSHA", script.digest, *asked)
        except redis.exceptions.NoScriptError:
            return _exchange(connection, "EVAL", script.text, *asked)
    except BaseException:
        connection.disconnect()
        raise


def _exchange(connection: Any, *words: Any) -> Any:
    """It connects by itself where that is needed."""
    connection.send_command(*words)
    return connection.read_response()
