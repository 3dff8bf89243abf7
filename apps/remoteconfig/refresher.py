"""Keeps the values of this process fresh: one daemon thread in each process, begun when the values are first used.

A thread, and not a look on every read, because no request may wait for Nacos or PostgreSQL, and because a read in
somebody's transaction must not be the one that fails. Begun on first use, and anew after a fork, so that it lives where
the values are used: in the web server's children and in those of Celery, not only in the parent that imported the code.

Every few seconds (REMOTE_CONFIG_REFRESH_SECONDS) it asks Nacos, if no other process has just done so, and reads a small
row or two of PostgreSQL; a change is known to all processes after about three of these intervals. The connection is
closed in between: an open one in each process would double their number.
"""

import os
import threading
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from structlog import get_logger

from apps.remoteconfig import live, nacos_copy
from apps.remoteconfig.nacos import Login, Nacos

# What the first use in a process may wait to begin with the right values.
FIRST_LOOK_SECONDS = 2.0
# Until PostgreSQL has been read once, a process may have prices that are not ours.
UNREAD_SECONDS = 0.5

log = get_logger(__name__)


class Refresher:
    """The thread of one process. With REMOTE_CONFIG_REFRESH_SECONDS 0 there is none: PostgreSQL is read by hand, the
    file with every use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._looked = threading.Event()
        self._ending = threading.Event()
        self._has_read = False
        self._is_away = False

    def ensure(self) -> None:
        """Until the first look has ended, callers wait for it, but not for long."""
        if not settings.REMOTE_CONFIG_REFRESH_SECONDS:
            live.look_at_file()
        elif not self._looked.is_set():
            self._begin()

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="remote config", daemon=True)
                self._thread.start()
        self._looked.wait(FIRST_LOOK_SECONDS)

    def stop(self) -> None:
        """For tests; in a process of the product the thread ends with it."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        interval, nacos = settings.REMOTE_CONFIG_REFRESH_SECONDS, _nacos()
        while not self._ending.is_set():
            self._look(nacos, timedelta(seconds=interval))
            self._looked.set()
            self._ending.wait(interval if self._has_read else UNREAD_SECONDS)

    def _look(self, nacos: Nacos | None, every: timedelta) -> None:
        """Whatever happens, there is a next look."""
        try:
            self._read(nacos, every)
        except (DatabaseError, InterfaceError) as error:
            self._tell_once(error)
        except Exception:
            log.exception("the remote configuration was not refreshed; the values before it stay")

    def _read(self, nacos: Nacos | None, every: timedelta) -> None:
        try:
            live.refresh()
            self._has_read, self._is_away = True, False
            if live.snapshot().source != "fallback":
                self._looked.set()
            if nacos:
                nacos_copy.ask(nacos, live.below_nacos(), every)
                live.refresh()
        finally:
            connection.close()

    def _tell_once(self, error: Exception) -> None:
        if not self._is_away:
            log.warning("no news of the remote configuration: the database is away", error=str(error))
        self._is_away = True


def _nacos() -> Nacos | None:
    if not settings.NACOS_SERVER_ADDRESSES:
        return None
    login = Login(settings.NACOS_USERNAME, settings.NACOS_PASSWORD) if settings.NACOS_USERNAME else None
    return Nacos(settings.NACOS_SERVER_ADDRESSES, live.wanted(), login, settings.NACOS_API_VERSION)


_here = Refresher()


def ensure_running() -> None:
    """Cheap enough for every read."""
    _here.ensure()


def _begin_anew() -> None:
    """A fork takes along a thread that does not run and a lock that nobody opens."""
    global _here
    _here = Refresher()


os.register_at_fork(after_in_child=_begin_anew)
