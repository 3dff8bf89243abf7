"""Requests that arrive by the clock, whether or not the earlier ones are answered, from a process of their own.

A closed loop waits for a slow server and then calls it fast; here each request has its time, and what it waits counts
from that time.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CONNECTIONS = 64


@dataclass
class Record:
    """`waits` are seconds from when a request was due to its answer; `seconds` is the whole run."""

    waits: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0

    def summary(self) -> dict[str, object]:
        waits = sorted(self.waits)
        return {
            "per_second": round(len(waits) / self.seconds, 1),
            "p50_ms": round(waits[len(waits) // 2] * 1000, 1),
            "p99_ms": round(waits[int(len(waits) * 0.99)] * 1000, 1),
            "statuses": dict(self.statuses),
        }


async def deliver(url: str, secret: str, bodies: list[bytes], per_second: float) -> Record:
    """`per_second` of 0: as fast as the connections allow."""
    record, todo, began = Record(), iter(enumerate(bodies)), time.perf_counter()

    async def connection() -> None:
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        for number, body in todo:
            due = began + number / per_second if per_second else time.perf_counter()
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(_request(parts.path, parts.netloc, secret, body))
            record.statuses[await _status(reader)] += 1
            record.waits.append(time.perf_counter() - due)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    record.seconds = time.perf_counter() - began
    return record


def _request(path: str, host: str, secret: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {secret}\r\nContent-Type: application/json\r\n"
    )
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    if "transfer-encoding: chunked" in head:
        await reader.readuntil(b"0\r\n\r\n")
    else:
        await reader.readexactly(int(head.partition("content-length:")[2].partition("\r\n")[0]))
    return int(head.split(" ", 2)[1])


def main() -> None:
    """Standard input: one JSON line of what to do, then a body a line. Standard output: the summary."""
    told = json.loads(sys.stdin.readline())
    bodies = [line.rstrip("\n").encode() for line in sys.stdin]
    record = asyncio.run(deliver(told["url"], told["secret"], bodies, told["per_second"]))
    print(json.dumps(record.summary()))


if __name__ == "__main__":
    main()
