"""A network that misbehaves on request: between a client and a server on loopback."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from dev.free_port import LOOPBACK

CHUNK = 64 * 1024


@dataclass
class TcpProxy:
    """`delay_seconds` holds what passes, each way. `loses_answers` drops what the server says, `is_silent` everything.

    What was lost is lost: the connections that miss it stay open, and know nothing of it; `lost` counts its bytes. A
    connection by which a client says `last_words` ends with them; the server hears them if `last_words_arrive`.
    """

    server_port: int
    delay_seconds: float = 0.0
    loses_answers: bool = False
    is_silent: bool = False
    last_words: bytes = b""
    last_words_arrive: bool = False
    lost: int = 0
    _sockets: set[socket.socket] = field(default_factory=set)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._listening = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listening.getsockname()[1]
        self._begin(self._accept)

    def stop(self) -> None:
        # A blocked accept does not notice a close, but it does notice this.
        self._listening.shutdown(socket.SHUT_RDWR)
        self.cut()
        for thread in self._threads:
            thread.join()
        self._listening.close()

    def refuse(self) -> None:
        """As if nobody listened there; what is open goes on."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def accept_again(self) -> None:
        self._listening = socket.create_server((LOOPBACK, self.port))
        self._begin(self._accept)

    def cut(self) -> None:
        """Every connection ends at once."""
        for end in list(self._sockets):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _begin(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection((LOOPBACK, self.server_port))
        except OSError:
            client.close()
            return
        self._sockets |= {client, server}
        self._begin(lambda: self._pass_on(client, server, lambda: self.is_silent, self._are_last_words))
        self._begin(lambda: self._pass_on(server, client, lambda: self.is_silent or self.loses_answers))

    def _are_last_words(self, heard: bytes) -> bool:
        return bool(self.last_words) and self.last_words in heard

    def _pass_on(
        self,
        source: socket.socket,
        target: socket.socket,
        is_lost: Callable[[], bool],
        is_the_end: Callable[[bytes], bool] = lambda _: False,
    ) -> None:
        """Until one end hangs up; each direction closes the end it reads from."""
        with suppress(OSError):
            while heard := source.recv(CHUNK):
                time.sleep(self.delay_seconds)
                if is_the_end(heard):
                    # First of all, so that no answer to them gets through.
                    source.shutdown(socket.SHUT_RDWR)
                    if self.last_words_arrive:
                        target.sendall(heard)
                    break
                if is_lost():
                    self.lost += len(heard)
                else:
                    target.sendall(heard)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        self._sockets.discard(source)
        source.close()
