"""Whatever part of an answer comes byte by byte, plain or over TLS: it ends, and connections are used again."""

import ipaddress
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from urllib3.exceptions import ReadTimeoutError

from apps.core.deadline_adapter import DeadlineAdapter, ending_by
from dev.free_port import LOOPBACK
from tests.core.scripted_peer import ScriptedPeer, scripted_peer

# A call that does not end fails its test by this; all others end long before.
pytestmark = pytest.mark.timeout(60)

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
LONG = 50.0
SHORT = 0.5


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the peer, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, LOOPBACK)])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK))])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    signed = made.add_extension(address, critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "peer.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.fixture(params=["http", "https"])
def peer(request: pytest.FixtureRequest, certificate: Path) -> Iterator[ScriptedPeer]:
    tls = None
    if request.param == "https":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    with scripted_peer(tls) as peer:
        yield peer


class Caller:
    """The peer may be silent for as long as it likes: only its deadline ends a call."""

    def __init__(self, peer: ScriptedPeer, certificate: Path) -> None:
        self.adapter = DeadlineAdapter()
        self._peer = peer
        self._certificate = certificate

    def body(self, seconds: float) -> bytes:
        request = requests.Request("GET", self._peer.url).prepare()
        with (
            ending_by(time.monotonic() + seconds),
            self.adapter.send(request, stream=True, timeout=(LONG, None), verify=str(self._certificate)) as response,
        ):
            body: bytes = response.raw.read()
            return body


@pytest.fixture
def caller(peer: ScriptedPeer, certificate: Path) -> Iterator[Caller]:
    caller = Caller(peer, certificate)
    yield caller
    caller.adapter.close()


@pytest.mark.parametrize(
    ("answer", "drip"),
    [
        (b"", b"0"),
        (OK + b"X-Long: ", b"0"),
        (OK, b"X-One-More: 0\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (OK + b"Content-Length: 1000000\r\n\r\n", b"0"),
        (CHUNKED, b"0"),
        (CHUNKED + b"0\r\n", b"X-Trailer: 0\r\n"),
        (b"", b""),
    ],
    ids=["a status line", "a header", "headers", "preludes", "a body", "a chunk size", "trailers", "nothing"],
)
def test_an_answer_that_never_comes_whole_ends_with_its_call(
    peer: ScriptedPeer, caller: Caller, answer: bytes, drip: bytes
) -> None:
    peer.answer, peer.drip = answer, drip
    with pytest.raises((requests.ReadTimeout, ReadTimeoutError)):
        caller.body(SHORT)


@pytest.mark.parametrize(
    "answer",
    [OK + b"Content-Length: 5\r\n\r\nwhole", CHUNKED + b"2\r\nwh\r\n3\r\nole\r\n0\r\n\r\n"],
    ids=["by its length", "in chunks"],
)
def test_a_connection_is_used_again(peer: ScriptedPeer, caller: Caller, answer: bytes) -> None:
    peer.answer = answer
    assert [caller.body(LONG), caller.body(LONG)] == [b"whole", b"whole"]
    assert peer.connections == 1


def test_a_connection_that_is_used_again_has_the_time_of_its_new_call(peer: ScriptedPeer, caller: Caller) -> None:
    peer.answer = OK + b"Content-Length: 5\r\n\r\nwhole"
    caller.body(LONG)
    with pytest.raises(requests.ReadTimeout):
        caller.body(0)
    assert caller.body(LONG) == b"whole"


def test_an_answer_that_the_peer_ends_by_hanging_up_is_whole(peer: ScriptedPeer, caller: Caller) -> None:
    peer.answer, peer.hangs_up = OK + b"\r\nwhole", True
    assert caller.body(LONG) == b"whole"


@pytest.mark.parametrize("peer", ["https"], indirect=True)
def test_who_shows_a_certificate_that_nobody_vouches_for_is_not_asked(peer: ScriptedPeer) -> None:
    request = requests.Request("GET", peer.url).prepare()
    with ending_by(time.monotonic() + LONG), pytest.raises(requests.exceptions.SSLError):
        DeadlineAdapter().send(request, timeout=(LONG, None))
