"""The misbehaving network does what it is told."""

import socket
import time
from collections.abc import Iterator

import pytest

from dev.free_port import LOOPBACK
from dev.tcp_proxy import TcpProxy


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server((LOOPBACK, 0)) as listening:
        yield listening


@pytest.fixture
def proxy(server: socket.socket) -> Iterator[TcpProxy]:
    proxy = TcpProxy(server.getsockname()[1])
    proxy.start()
    yield proxy
    proxy.stop()


@pytest.fixture
def ends(server: socket.socket, proxy: TcpProxy) -> Iterator[tuple[socket.socket, socket.socket]]:
    """The client's and the server's end of one connection."""
    with socket.create_connection((LOOPBACK, proxy.port), timeout=60) as client:
        accepted, _ = server.accept()
        with accepted:
            accepted.settimeout(60)
            yield client, accepted


def test_usually_it_passes_everything_on(ends: tuple[socket.socket, socket.socket]) -> None:
    client, server_end = ends
    client.sendall(b"question")
    assert server_end.recv(100) == b"question"
    server_end.sendall(b"answer")
    assert client.recv(100) == b"answer"


def until_lost(proxy: TcpProxy, size: int) -> None:
    """The suite's own time limit ends it."""
    while proxy.lost < size:
        time.sleep(0.01)


def test_it_loses_answers_and_they_stay_lost(ends: tuple[socket.socket, socket.socket], proxy: TcpProxy) -> None:
    client, server_end = ends
    proxy.loses_answers = True
    server_end.sendall(b"lost")
    until_lost(proxy, 4)
    proxy.loses_answers = False
    server_end.sendall(b"heard")
    assert client.recv(100) == b"heard"


def test_it_is_silent(ends: tuple[socket.socket, socket.socket], proxy: TcpProxy) -> None:
    client, server_end = ends
    proxy.is_silent = True
    client.sendall(b"question")
    until_lost(proxy, 8)
    proxy.is_silent = False
    client.sendall(b"heard")
    assert server_end.recv(100) == b"heard"


def test_it_refuses_and_accepts_again(server: socket.socket, proxy: TcpProxy) -> None:
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOOPBACK, proxy.port), timeout=60)
    proxy.accept_again()
    with socket.create_connection((LOOPBACK, proxy.port), timeout=60) as client:
        accepted, _ = server.accept()
        with accepted:
            client.sendall(b"question")
            assert accepted.recv(100) == b"question"


def test_it_cuts(ends: tuple[socket.socket, socket.socket], proxy: TcpProxy) -> None:
    client, server_end = ends
    client.sendall(b"question")
    assert server_end.recv(100) == b"question"
    proxy.cut()
    assert client.recv(100) == b""


@pytest.mark.parametrize(("arrives", "heard"), [(False, b""), (True, b"a last word")])
def test_it_ends_with_the_last_words_whether_they_arrive_or_not(
    ends: tuple[socket.socket, socket.socket], proxy: TcpProxy, arrives: bool, heard: bytes
) -> None:
    client, server_end = ends
    client.sendall(b"question")
    assert server_end.recv(100) == b"question"
    proxy.last_words, proxy.last_words_arrive = b"last", arrives
    client.sendall(b"a last word")
    assert client.recv(100) == b""
    assert b"".join(iter(lambda: server_end.recv(100), b"")) == heard
