"""Django's PostgreSQL, with a look at the socket in place of a question before each request."""

import select
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> Any:
        """A server that ended, or ended this session, has said so: then, and only then, it is asked.

        One that is gone without a word is noticed by the time-outs of the connection (docs/connections.md), as it
        would be by asking.
        """
        return True if _is_quiet(self.connection) else super().is_usable()


def _is_quiet(connection: Any) -> bool:
    if connection.closed:
        return False
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN)
    return not watch.poll(0)
