"""One configuration for containers and for loopback: both fill in all of it, and nginx takes it."""

import http.client
import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.billing.views import LARGEST_BODY as LARGEST_EVENT
from apps.core import json_media
from apps.core.known_errors import known_errors
from apps.emoji import photos
from dev.children import children
from dev.free_port import LOOPBACK, free_port
from dev.loopback_http import loopback_session
from dev.nginx import TEMPLATE, configuration, program, start_nginx
from dev.project import ROOT
from tests.described import description

NAME = re.compile(r"\$\{([A-Z_]+)\}")
WEBHOOKS = ("webhooks/revenuecat", "webhooks/revenuecat/", "subscription/webhook")


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    config = tmp_path / "nginx.conf"
    config.write_text(configuration(tmp_path, 20_000, [20_001, 20_002]))
    done = subprocess.run(
        [program(), "-t", "-e", "stderr", "-p", tmp_path, "-c", config], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_nothing_is_left_to_fill_in(tmp_path: Path) -> None:
    assert NAME.findall(configuration(tmp_path, 20_000, [20_001])) == ["NAMES"]


def test_compose_fills_in_every_name_too() -> None:
    wanted = set(NAME.findall(TEMPLATE.read_text())) - {"NAMES"}
    proxy = (ROOT / "compose.yaml").read_text().partition("  proxy:\n")[2].partition("\n  mail:")[0]
    given = set(re.findall(r"^      ([A-Z_]+):", proxy, re.MULTILINE))
    filled_in = set(re.findall(r"\$\$([A-Z_]+)", proxy))
    assert wanted == given == filled_in


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[str]:
    """The address of a proxy whose web servers are all away."""
    port = free_port()
    with children() as family:
        child = start_nginx(family, tmp_path, port, [free_port()], keep_log=False)
        while not _listens(port):
            child.require_alive()
        yield f"http://{LOOPBACK}:{port}"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def test_without_a_web_server_the_app_is_told_to_come_again(alone: str) -> None:
    answer = loopback_session().post(f"{alone}/api/v1/auth/login", data=b"{}", timeout=60)
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (503, 503, "dependency_unavailable")
    assert (answer.headers["Retry-After"], problem["retryable"]) == ("1", True)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Request-ID"] == problem["request_id"]


def test_without_a_web_server_a_photo_is_not_called_too_large(alone: str) -> None:
    answer = loopback_session().put(f"{alone}/api/v1/emoji/objects/1", data=b"x" * 1_000_000, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (503, "dependency_unavailable")


@pytest.mark.parametrize("path", ["/readyz", "/readyz/", "//readyz", "/%72eadyz", "/metrics", "/metrics/"])
def test_what_is_for_the_operator_is_not_for_the_world(alone: str, path: str) -> None:
    """Whoever comes through the load balancer has an address of their own."""
    answer = loopback_session().get(f"{alone}{path}", headers={"X-Forwarded-For": "203.0.113.9"}, timeout=60)
    assert answer.status_code == 404


def test_the_load_balancer_itself_may_ask_what_a_web_server_is_worth(alone: str) -> None:
    assert loopback_session().get(f"{alone}/readyz", timeout=60).status_code == 503
    assert loopback_session().get(f"{alone}/metrics", timeout=60).status_code == 404


def test_no_address_of_the_api_is_redirected(alone: str) -> None:
    """A body would be dropped on the way."""
    session = loopback_session()
    answers = {
        f"{path}{end}": session.post(f"{alone}{path}{end}", timeout=60, allow_redirects=False).status_code
        for path in (*description()["paths"], "/api/v1/emoji/objects", "/api/v1/subscription/webhook")
        for end in ("", "/")
    }
    assert "/api/v1/user/export" in answers
    assert {path: status for path, status in answers.items() if status != 503} == {}


@pytest.mark.parametrize(
    ("method", "path", "most"),
    [
        ("POST", "/api/v1/auth/login", json_media.LARGEST_BODY),
        ("PUT", "/api/v1/emoji/objects/1", photos.MAX_BYTES),
        *(("POST", f"/api/v1/{path}", LARGEST_EVENT) for path in WEBHOOKS),
    ],
)
def test_the_proxy_refuses_what_no_view_would_take(alone: str, method: str, path: str, most: int) -> None:
    answer = loopback_session().request(method, f"{alone}{path}", data=b"x" * (most * 3 // 2), timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert answer.json()["params"] == {"max_bytes": most}


@pytest.mark.parametrize(
    ("request_line", "status", "code"),
    [
        ("GET /api/v1/emoji/templates/a%00b HTTP/1.1", 400, "malformed_request"),
        ("GET /api/v1/%zz HTTP/1.1", 400, "malformed_request"),
        (f"GET /api/v1/{'x' * 40_000} HTTP/1.1", 400, "malformed_request"),
        (f"GET /api/v1/config HTTP/1.1\r\nX-Long: {'x' * 40_000}", 400, "malformed_request"),
        ("GET /api/v1/config HTTP/1.1\r\nTransfer-Encoding: gzip", 400, "malformed_request"),
        ("TRACE /api/v1/config HTTP/1.1", 405, "method_not_allowed"),
        ("POST /api/v1/auth/login HTTP/1.1\r\nContent-Length: 10000000", 413, "payload_too_large"),
        ('GET /api/v1/a"b HTTP/1.1', 503, "dependency_unavailable"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_the_proxy_refuses_looks_like_what_the_product_refuses(
    alone: str, request_line: str, status: int, code: str
) -> None:
    asked = f"{request_line}\r\nHost: api.example.com\r\nConnection: close\r\n\r\n"
    with socket.create_connection((LOOPBACK, int(alone.rpartition(":")[2])), timeout=60) as line:
        line.sendall(asked.encode())
        answer = http.client.HTTPResponse(line)
        answer.begin()
        problem = json.loads(answer.read())
        answer.close()
    error = next(error for error in known_errors() if error.code == code)
    assert (answer.status, problem["status"], problem["code"]) == (status, status, code)
    assert (problem["title"], problem["retryable"]) == (error.title, error.retryable)
    assert set(problem["params"]) == set(error.param_names)
    assert problem["detail"] == error.detail.format(**problem["params"]) or problem["detail"] == error.title
    assert problem["type"] == f"{alone.replace('http', 'https')}/problems/{code}"
    assert problem["instance"] in ("", request_line.split()[1], "/api/v1/a")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Request-ID"] == problem["request_id"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", WEBHOOKS)
def test_the_longest_event_of_a_store_comes_through(alone: str, path: str) -> None:
    answer = loopback_session().post(f"{alone}/api/v1/{path}", data=b"x" * LARGEST_EVENT, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (503, "dependency_unavailable")


def test_an_id_of_the_caller_is_kept_if_it_is_one(alone: str) -> None:
    session = loopback_session()
    sent = [
        session.get(alone, headers={"X-Request-ID": told}, timeout=60).json()["request_id"] for told in ("a-1", 'a"b')
    ]
    assert sent[0] == "a-1"
    assert re.fullmatch("[0-9a-f]{32}", sent[1])


def test_metrics_are_not_for_the_world(alone: str) -> None:
    assert loopback_session().get(f"{alone}/metrics", timeout=60).status_code == 404


def test_a_photo_that_the_proxy_has_no_room_for_may_come_again(alone: str, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "client_body")
    signed = f"{alone}/api/v1/emoji/objects/1?signature=a-secret"
    answer = loopback_session().put(signed, data=b"x" * 1_000_000, timeout=60)
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert (answer.json()["code"], answer.headers["Retry-After"]) == ("dependency_unavailable", "1")
    assert "a-secret" not in (tmp_path / "log" / "nginx.log").read_text()


@pytest.mark.parametrize(
    ("path", "size"), [("emoji/objects/photos/1.jpg", 1_000_000), ("user/export/1/download", 1_000)]
)
def test_no_log_has_the_signature_of_an_address(alone: str, tmp_path: Path, path: str, size: int) -> None:
    """Not when a body is put into a file, nor when no web server takes it."""
    signed = f"{alone}/api/v1/{path}?signature=a-secret"
    assert loopback_session().put(signed, data=b"x" * size, timeout=60).status_code == 503
    session = loopback_session()
    assert session.get(signed, timeout=60).status_code == 503
    # An answer may be here before its line is; the next request of a connection begins after it.
    assert session.get(f"{alone}/proxy-health", timeout=60).status_code == 204
    told = "".join(log.read_text() for log in (tmp_path / "log").iterdir())
    assert '"status": 503' in told
    assert "a-secret" not in told
