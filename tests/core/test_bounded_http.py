"""What the caller is told of an answer that does not come whole."""

from collections.abc import Iterator

import pytest

from apps.core.bounded_http import Answer, BoundedHttp, CallFailed
from tests.core.scripted_peer import ScriptedPeer, scripted_peer

# A call that does not end fails its test by this; all others end long before.
pytestmark = pytest.mark.timeout(60)

OK = b"HTTP/1.1 200 OK\r\n"
LARGEST = 1000


@pytest.fixture
def peer() -> Iterator[ScriptedPeer]:
    with scripted_peer() as peer:
        yield peer


def failure(peer: ScriptedPeer, *, silence: float = 50, call_timeout: float = 50) -> CallFailed:
    with pytest.raises(CallFailed) as raised:
        BoundedHttp((50, silence), call_timeout, LARGEST).send("GET", peer.url)
    return raised.value


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        OK + b"X-Long: ",
        OK + b"Transfer-Encoding: chunked\r\n\r\n",
        OK + b"Content-Length: 1000\r\n\r\n",
    ],
    ids=["a status line", "a header", "a chunk size", "a body"],
)
def test_what_comes_a_byte_now_and_then_took_too_long_and_the_request_may_have_arrived(
    peer: ScriptedPeer, answer: bytes
) -> None:
    peer.answer, peer.drip = answer, b"0"
    failed = failure(peer, call_timeout=0.5)
    assert (failed.timed_out, failed.may_have_arrived) == (True, True)


@pytest.mark.parametrize("answer", [b"", OK + b"Content-Length: 1000\r\n\r\n0"], ids=["from the first", "amidst it"])
def test_who_is_silent_is_given_up_long_before_the_call_is_over(peer: ScriptedPeer, answer: bytes) -> None:
    peer.answer = answer
    failed = failure(peer, silence=0.3, call_timeout=1000)
    assert (failed.timed_out, failed.may_have_arrived) == (True, True)


@pytest.mark.parametrize(
    "answer",
    [OK + b"Content-Length: 1001\r\n\r\n", OK + b"\r\n" + b"0" * (LARGEST + 1)],
    ids=["declared", "undeclared"],
)
def test_what_is_too_large_is_not_read_to_its_end(peer: ScriptedPeer, answer: bytes) -> None:
    peer.answer = answer
    failed = failure(peer)
    assert (failed.timed_out, failed.may_have_arrived) == (False, True)
    assert "too large" in str(failed)


def test_a_redirect_is_an_answer_like_any_other(peer: ScriptedPeer) -> None:
    peer.answer = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nRetry-After: 7\r\n\r\n"
    assert BoundedHttp((50, 50), 50, LARGEST).send("GET", peer.url) == Answer(302, b"", 7)


def test_a_connection_is_used_again(peer: ScriptedPeer) -> None:
    peer.answer = OK + b"Content-Length: 0\r\n\r\n"
    http = BoundedHttp((50, 50), 50, LARGEST)
    for _ in range(2):
        http.send("GET", peer.url)
    assert peer.connections == 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433"])
def test_who_may_ask_the_internet_only_says_nothing_to_a_host_of_ours(peer: ScriptedPeer, host: str) -> None:
    peer.answer = OK + b"Content-Length: 0\r\n\r\n"
    url = peer.url.replace("127.0.0.1", host)
    assert BoundedHttp((50, 50), 50, LARGEST).send("GET", url).status == 200
    with pytest.raises(CallFailed, match="not on the internet") as raised:
        BoundedHttp((50, 50), 50, LARGEST, internet_only=True).send("GET", url)
    assert not raised.value.may_have_arrived
    assert peer.requests == 1
