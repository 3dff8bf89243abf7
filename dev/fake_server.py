"""What the stand-ins of vendors share: a server over real HTTP on loopback, for as long as somebody needs it."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from dev.free_port import LOOPBACK


@dataclass
class FakeServer:
    """`exchange` answers one request, and finds the server's facts in its `fake`. A `port` of 0 becomes a free one."""

    exchange: ClassVar[type[BaseHTTPRequestHandler]]

    port: int = field(default=0, kw_only=True)

    def start(self) -> None:
        handler = type("BoundExchange", (self.exchange,), {"fake": self})
        self._server = ThreadingHTTPServer((LOOPBACK, self.port), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
