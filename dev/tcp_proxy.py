"""A network that misbehaves on request: between a client and a server on loopback."""

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass, field

from dev.free_port import LOOPBACK, free_port

CHUNK = 64 * 1024


@dataclass
class TcpProxy:
    """`delay_seconds` holds what passes, each way. `loses_answers` drops what the server says, `is_silent` everything.

    What was lost is lost: the connections that miss it stay open, and know nothing of it.
    """

    server_port: int
    delay_seconds: float = 0.0
    loses_answers: bool = False
    is_silent: bool = False
    port: int = field(default_factory=free_port)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def start(self) -> None:
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        threading.Thread(target=self._run, args=(started,), daemon=True).start()
        started.wait()

    def stop(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)

    def cut(self) -> None:
        """Every connection ends at once."""
        self._loop.call_soon_threadsafe(self._close_all)

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._connected, LOOPBACK, self.port))
        started.set()
        self._loop.run_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection(LOOPBACK, self.server_port)
        except OSError:
            writer.close()
            return
        self._writers |= {writer, server_writer}
        await asyncio.gather(
            self._pass_on(reader, server_writer, is_answer=False),
            self._pass_on(server_reader, writer, is_answer=True),
        )
        self._writers -= {writer, server_writer}

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        with suppress(OSError):
            while heard := await reader.read(CHUNK):
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                if not (self.is_silent or (is_answer and self.loses_answers)):
                    writer.write(heard)
        writer.close()

    def _close_all(self) -> None:
        for writer in self._writers:
            writer.close()
