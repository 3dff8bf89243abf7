"""A server over a bare socket, plain or with TLS, that says what it is told byte for byte."""

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dev.free_port import LOOPBACK


class _Conversation(socketserver.StreamRequestHandler):
    server: "ScriptedPeer"

    def handle(self) -> None:
        self.server.connections += 1
        with suppress(OSError):
            while self._takes_a_request():
                self.server.requests += 1
                self.wfile.write(self.server.answer)
                self._drip()
                if self.server.hangs_up:
                    return

    def _takes_a_request(self) -> bool:
        lines = iter(self.rfile.readline, b"")
        return any(line == b"\r\n" for line in lines)

    def _drip(self) -> None:
        """Until nobody listens any more."""
        while self.server.drip:
            self.wfile.write(self.server.drip)
            time.sleep(0.05)


class ScriptedPeer(socketserver.ThreadingTCPServer):
    """Begins to answer each request with `answer`; then `drip` comes now and then, without end.

    With `hangs_up` an answer is its connection's last.
    """

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        super().__init__((LOOPBACK, 0), _Conversation)
        self.answer = b""
        self.drip = b""
        self.hangs_up = False
        self.connections = self.requests = 0
        self.url = f"{'https' if tls else 'http'}://{LOOPBACK}:{self.server_address[1]}/"
        self._tls = tls

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, address = super().get_request()
        if self._tls:
            # The handshake comes with the first read, in the thread of the conversation.
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address


@contextmanager
def scripted_peer(tls: ssl.SSLContext | None = None) -> Iterator[ScriptedPeer]:
    with ScriptedPeer(tls) as peer:
        serving = threading.Thread(target=peer.serve_forever, args=(0.01,))
        serving.start()
        yield peer
        peer.shutdown()
        serving.join()
