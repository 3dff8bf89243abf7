"""A script is run whatever Redis has ended or forgotten, and its answer is to the question that was asked."""

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis

from apps.core.redis_script import Script, ScriptLink
from dev.tcp_proxy import TcpProxy

ECHO = Script("return {KEYS[1], ARGV[1]}")


@pytest.fixture
def network(settings: Any) -> Iterator[TcpProxy]:
    """Between us and Redis."""
    proxy = TcpProxy(urlsplit(settings.REDIS_URL).port or 6379)
    proxy.start()
    yield proxy
    proxy.stop()


@pytest.fixture
def link(settings: Any, network: TcpProxy) -> ScriptLink:
    parts = urlsplit(settings.REDIS_URL)
    return ScriptLink(parts._replace(netloc=parts.netloc.replace(str(parts.port), str(network.port))).geturl(), 0.5)


def echo(link: ScriptLink, number: int) -> int:
    key, answer = link.run(ECHO, ["key"], number)
    assert key == b"key"
    return int(answer)


def test_a_script_that_redis_forgot_is_sent_again(link: ScriptLink, settings: Any) -> None:
    server = redis.Redis.from_url(settings.REDIS_URL)
    for number in range(2):
        server.script_flush()
        assert echo(link, number) == number


def test_a_connection_that_redis_ended_is_made_anew(link: ScriptLink, network: TcpProxy) -> None:
    for number in range(3):
        assert echo(link, number) == number
        network.cut()


def test_an_answer_that_came_too_late_is_not_taken_for_the_next_one(link: ScriptLink, network: TcpProxy) -> None:
    assert echo(link, 1) == 1
    network.delay_seconds = 0.4
    with pytest.raises(redis.TimeoutError):
        echo(link, 2)
    network.delay_seconds = 0
    assert echo(link, 3) == 3


def test_an_error_of_the_script_is_told(link: ScriptLink) -> None:
    with pytest.raises(redis.ResponseError):
        link.run(Script("return redis.call('NOTHING')"), [])


def test_threads_do_not_mix_up_their_answers(link: ScriptLink) -> None:
    right: list[bool] = []

    def ask(number: int) -> None:
        right.extend(echo(link, number) == number for _ in range(100))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert right == [True] * 400
