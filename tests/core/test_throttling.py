"""Each limit of the contract is met, told, and over after a while."""

from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv6Address
from secrets import randbits
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import Device
from apps.core import throttling
from apps.core.throttling import DEFAULTS, limits_of
from tests.conftest import app_of, at

BALANCE, LOGIN, TASKS = "/api/v1/points/balance", "/api/v1/auth/login", "/api/v1/emoji/tasks"
REFRESH = "/api/v1/auth/refresh"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def limited(settings: Any) -> Any:
    settings.RATE_LIMITS_ENABLED = True
    return settings


@pytest.fixture
def address() -> str:
    return _elsewhere()


def _elsewhere() -> str:
    """In a network of its own: buckets outlive tests."""
    return str(IPv6Address((0xFD << 120) | (randbits(56) << 64) | 1))


def log_in(address: str, device_id: str = "") -> Any:
    shown = {"device_id": device_id or f"device-{uuid4()}", "platform": "ios", "app_version": "1.0.0"}
    return APIClient(REMOTE_ADDR=address).post(LOGIN, shown, format="json")


def is_limited(answer: Any) -> bool:
    assert answer.status_code != 429 or answer.json()["code"] == "rate_limited"
    return bool(answer.status_code == 429)


def test_every_answer_of_a_limited_route_tells_how_the_caller_stands(app: APIClient) -> None:
    answer = app.get(BALANCE)
    told = [answer[name] for name in ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")]
    assert told == ["120", "119", "1"]


def test_who_asks_too_often_is_told_when_to_come_back(app: APIClient, limited: Any) -> None:
    limited.RATE_LIMITS = {"reads.user": "2/hour"}
    answer = [app.get(BALANCE) for _ in range(3)][-1]
    body = answer.json()
    assert (answer.status_code, body["code"], body["retryable"]) == (429, "rate_limited", True)
    assert body["params"] == {"limit": 2, "window_seconds": 3600}
    assert answer["Content-Type"] == "application/problem+json"
    assert 1700 <= int(answer["Retry-After"]) <= 1800
    assert (answer["RateLimit-Limit"], answer["RateLimit-Remaining"]) == ("2", "0")
    with at(timezone.now() + timedelta(seconds=int(answer["Retry-After"]))):
        assert not is_limited(app.get(BALANCE))


def test_another_user_has_buckets_of_their_own(app: APIClient, new_device: Callable[[], Device], limited: Any) -> None:
    limited.RATE_LIMITS = {"reads.user": "1/day"}
    app.get(BALANCE)
    assert is_limited(app.get(BALANCE))
    assert not is_limited(app_of(new_device()).get(BALANCE))


def test_writes_have_another_bucket_than_reads(app: APIClient, limited: Any) -> None:
    limited.RATE_LIMITS = {"reads.user": "1/day"}
    app.get(BALANCE)
    assert not is_limited(app.post("/api/v1/subscription/sync"))


def test_logins_are_counted_by_address(address: str, limited: Any) -> None:
    limited.RATE_LIMITS = {"login.address": "10/day"}
    assert [is_limited(log_in(address)) for _ in range(11)] == [False] * 10 + [True]
    with at(timezone.now() + timedelta(days=1)):
        assert not is_limited(log_in(address))


@pytest.mark.parametrize(
    ("body", "content_type", "status"), [("{", "application/json", 400), ("{}", "text/plain", 415)]
)
def test_who_sends_what_cannot_be_read_is_counted_too(
    address: str, limited: Any, body: str, content_type: str, status: int
) -> None:
    limited.RATE_LIMITS = {"login.address": "1/day"}
    client = APIClient(REMOTE_ADDR=address)
    answers = [client.generic("POST", LOGIN, body, content_type=content_type) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [status, 429]
    assert answers[0]["RateLimit-Remaining"] == "0"


def test_one_devices_logins_are_fewer_and_elsewhere_its_owner_is_let_in(address: str, limited: Any) -> None:
    limited.RATE_LIMITS = {"login.device": "5/day"}
    device_id = f"device-{uuid4()}"
    assert [is_limited(log_in(address, device_id)) for _ in range(6)] == [False] * 5 + [True]
    assert not is_limited(log_in(_elsewhere(), device_id))


def refreshed(address: str, token: str) -> Any:
    return APIClient(REMOTE_ADDR=address).post(REFRESH, {"refresh_token": token}, format="json")


def test_a_session_is_refreshed_so_often_whatever_token_of_it_is_shown(address: str, limited: Any) -> None:
    limited.RATE_LIMITS = {"refresh.session": "3/day"}
    first = log_in(address).json()["refresh_token"]
    second = refreshed(address, first).json()["refresh_token"]
    assert refreshed(_elsewhere(), first).json()["refresh_token"] == second
    last = refreshed(address, second)
    assert (last.status_code, last["RateLimit-Limit"], last["RateLimit-Remaining"]) == (200, "3", "0")
    assert is_limited(refreshed(_elsewhere(), last.json()["refresh_token"]))
    assert not is_limited(refreshed(address, log_in(address).json()["refresh_token"]))
    with at(timezone.now() + timedelta(days=1)):
        assert refreshed(address, last.json()["refresh_token"]).status_code == 200


@pytest.mark.parametrize("body", [{"refresh_token": "pkr1_nobodys"}, {"refresh_token": ["a"]}, {}, []])
def test_guesses_at_a_refresh_token_are_counted_by_address(address: str, limited: Any, body: Any) -> None:
    limited.RATE_LIMITS = {"refresh.address": "1/day"}
    client = APIClient(REMOTE_ADDR=address)
    answers = [client.post(REFRESH, body, format="json") for _ in range(2)]
    assert [is_limited(answer) for answer in answers] == [False, True]


def test_another_x_forwarded_for_is_no_other_address(address: str, limited: Any) -> None:
    limited.RATE_LIMITS = {"login.address": "1/day"}

    def forged(number: int) -> Any:
        headers = {"X-Forwarded-For": f"203.0.113.{number}"}
        return APIClient(REMOTE_ADDR=address).post(LOGIN, {}, format="json", headers=headers)

    assert [is_limited(forged(number)) for number in range(3)] == [False, True, True]


def test_without_redis_reads_pass_and_logins_are_still_counted(app: APIClient, address: str, limited: Any) -> None:
    limited.REDIS_URL = "redis://127.0.0.1:1/0"
    limited.RATE_LIMITS = {"reads.user": "1/day", "login.address": "1/day"}
    assert [app.get(BALANCE).status_code for _ in range(3)] == [200] * 3
    assert [is_limited(log_in(address)) for _ in range(2)] == [False, True]


@pytest.mark.parametrize(
    ("bucket", "path"), [("upload_ticket.user", "/api/v1/emoji/uploads"), ("sync.user", "/api/v1/subscription/sync")]
)
def test_without_redis_photos_and_questions_to_the_store_are_still_counted(
    app: APIClient, limited: Any, bucket: str, path: str
) -> None:
    limited.REDIS_URL = "redis://127.0.0.1:1/0"
    limited.RATE_LIMITS = {bucket: "1/day"}
    assert [is_limited(app.post(path)) for _ in range(2)] == [False, True]


def test_a_wrong_webhook_secret_is_limited_and_the_right_one_never(
    address: str, send_event: Callable[..., Any], limited: Any
) -> None:
    limited.RATE_LIMITS = {"webhook_refused.address": "1/day"}

    def guess() -> Any:
        return APIClient(REMOTE_ADDR=address).post("/api/v1/webhooks/revenuecat", {}, format="json")

    assert [guess().status_code for _ in range(3)] == [401, 429, 429]
    assert [send_event("TEST").status_code for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(
    ("bucket", "method", "path"),
    [
        ("config.address", "GET", "/api/v1/config"),
        ("task_poll.object", "GET", f"{TASKS}/1"),
        ("task_poll.user", "GET", f"{TASKS}/1"),
        ("task_create.user", "POST", TASKS),
        ("cancel.user", "POST", f"{TASKS}/1/cancel"),
        ("report.user", "POST", f"{TASKS}/1/report"),
        ("upload_ticket.user", "POST", "/api/v1/emoji/uploads"),
        ("detection.user", "POST", "/api/v1/emoji/detections"),
        ("sync.user", "POST", "/api/v1/subscription/sync"),
        ("consent.user", "PUT", "/api/v1/user/consents/ai_processing"),
        ("reads.user", "GET", TASKS),
        ("writes.user", "DELETE", f"{TASKS}/1"),
    ],
)
def test_each_route_takes_from_its_bucket(
    device: Device, address: str, limited: Any, bucket: str, method: str, path: str
) -> None:
    limited.RATE_LIMITS = {bucket: "1/day"}
    app = app_of(device)
    answers = [app.generic(method, path, REMOTE_ADDR=address) for _ in range(2)]
    assert [is_limited(answer) for answer in answers] == [False, True]


def test_polls_of_two_tasks_are_counted_apart(app: APIClient, limited: Any) -> None:
    limited.RATE_LIMITS = {"task_poll.object": "1/day"}
    assert [is_limited(app.get(f"{TASKS}/{number}")) for number in (1, 2, 1)] == [False, False, True]


def test_polls_of_ever_other_tasks_have_an_end(app: APIClient, limited: Any) -> None:
    limited.RATE_LIMITS = {"task_poll.user": "2/day"}
    assert [is_limited(app.get(f"{TASKS}/{number}")) for number in (1, 2, 3)] == [False, False, True]


def test_they_can_be_turned_off(app: APIClient, limited: Any) -> None:
    limited.RATE_LIMITS = {"reads.user": "1/day"}
    limited.RATE_LIMITS_ENABLED = False
    answers = [app.get(BALANCE) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert "RateLimit-Limit" not in answers[0].headers


def test_every_bucket_can_be_read() -> None:
    for name in DEFAULTS:
        bucket, _, subject = name.partition(".")
        assert limits_of(bucket)[subject]
        assert subject in throttling.SUBJECTS


def test_a_limit_that_is_none_is_refused(limited: Any) -> None:
    limited.RATE_LIMITS = {"reads.nobody": "1/day"}
    with pytest.raises(ValueError, match=r"no reads\.nobody"):
        limits_of("reads")
