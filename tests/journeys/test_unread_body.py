"""A request that is answered before its body was read leaves its connection as good as it was."""

import socket
import struct
import time
from collections.abc import Iterator
from http.client import HTTPResponse

import pytest

from dev.free_port import LOOPBACK
from dev.loopback_http import loopback_session
from dev.processes import base_url
from tests.journeys.conftest import Product

PAUSE_SECONDS = 0.3


@pytest.fixture
def caller(product: Product) -> Iterator[socket.socket]:
    product.start_web()
    with socket.create_connection((LOOPBACK, product.port), timeout=20) as connection:
        yield connection


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("POST /api/v1/webhooks/revenuecat", 401),
        ("POST /api/v1/emoji/tasks", 401),
        ("PUT /api/v1/auth/login", 405),
        ("POST /api/v1/nowhere", 404),
        ("PUT /api/v1/emoji/objects/nobody", 403),
    ],
)
def test_the_body_may_come_after_the_answer(caller: socket.socket, line: str, status: int) -> None:
    for body in (b"{}", b"x" * 1_000_000, b"{}"):
        caller.sendall(head(line, f"Content-Length: {len(body)}"))
        time.sleep(PAUSE_SECONDS)
        caller.sendall(body)
        assert answer(caller).status == status


def test_a_body_of_unknown_length_may_come_after_the_answer(caller: socket.socket) -> None:
    for chunk in (b"{}", b"x" * 1_000_000, b"{}"):
        caller.sendall(head("POST /api/v1/webhooks/revenuecat", "Transfer-Encoding: chunked"))
        time.sleep(PAUSE_SECONDS)
        caller.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(chunk), chunk))
        assert answer(caller).status == 401


def test_who_hangs_up_amidst_it_hurts_nobody(product: Product, caller: socket.socket) -> None:
    caller.sendall(head("POST /api/v1/webhooks/revenuecat", "Content-Length: 1000") + b"x" * 10)
    time.sleep(PAUSE_SECONDS)
    # With a reset, as a phone that loses its network is told of by a gateway.
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    caller.close()
    answers = [loopback_session().get(f"{base_url(product.port)}/healthz", timeout=30) for _ in range(8)]
    assert all(answer.ok for answer in answers)
    assert "Traceback" not in product.web.log.read_text()


def head(line: str, length: str) -> bytes:
    fields = [f"Host: {LOOPBACK}", "Content-Type: application/json", length]
    return "\r\n".join([f"{line} HTTP/1.1", *fields, "", ""]).encode()


def answer(connection: socket.socket) -> HTTPResponse:
    response = HTTPResponse(connection)
    response.begin()
    response.read()
    return response
