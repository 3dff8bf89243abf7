"""A call ends with its budget, wherever in the answer its server takes its time."""

import pytest

from apps.remoteconfig.bounded_calls import Answer, BoundedCalls, Budget, CallFailed
from tests.core.scripted_peer import scripted_peer

# A call that does not end fails its test by this; all others end long before.
pytestmark = pytest.mark.timeout(60)

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "answer",
    [b"", OK + b"X-Long: ", OK + b"Transfer-Encoding: chunked\r\n\r\n", OK + b"Content-Length: 1000\r\n\r\n"],
    ids=["a status line", "a header", "a chunk size", "a body"],
)
def test_what_comes_a_byte_now_and_then_ends_with_the_budget(answer: bytes) -> None:
    with scripted_peer() as peer:
        peer.answer, peer.drip = answer, b"0"
        with pytest.raises(CallFailed, match="imed out"):
            BoundedCalls(1000).get(peer.url, Budget(0.5), {}, {})


def test_the_next_call_has_a_budget_of_its_own_on_the_same_connection() -> None:
    with scripted_peer() as peer:
        peer.answer = OK + b"Content-Length: 2\r\n\r\n{}"
        calls = BoundedCalls(1000)
        for _ in range(2):
            assert calls.get(peer.url, Budget(50), {}, {}) == Answer(200, b"{}")
        assert peer.connections == 1
