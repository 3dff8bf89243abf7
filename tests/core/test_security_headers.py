"""Every answer tells browsers what they must not do with it; other hosts get nothing."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User

pytestmark = pytest.mark.django_db

CONFIG = "/api/v1/config"


@pytest.mark.parametrize("path", [CONFIG, "/api/v1/nothing", "/api/v1/%00", "/healthz", "/docs", "/admin/login/"])
def test_every_answer_carries_them(anonymous: APIClient, path: str) -> None:
    answer = anonymous.get(path)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert not {"Server", "X-Powered-By"} & set(answer.headers)


def test_a_refusal_at_the_gate_carries_them_too(anonymous: APIClient, settings: Any, tmp_path: Path) -> None:
    settings.REMOTE_CONFIG_FILE = str(tmp_path / "config.json")
    (tmp_path / "config.json").write_text('{"maintenance": {"active": true}}')
    answer = anonymous.post("/api/v1/emoji/uploads", {}, format="json")
    assert answer.json()["code"] == "maintenance"
    assert (answer["X-Content-Type-Options"], answer["X-Frame-Options"]) == ("nosniff", "DENY")


@pytest.mark.parametrize(("path", "policy"), [(CONFIG, "default-src 'none'"), ("/admin/login/", "default-src 'self'")])
def test_nothing_is_run_from_elsewhere(anonymous: APIClient, path: str, policy: str) -> None:
    told = anonymous.get(path)["Content-Security-Policy"]
    assert told.startswith(policy)
    scripts = next((part for part in told.split("; ") if part.startswith("script-src")), "")
    assert scripts in ("", "script-src 'self' 'unsafe-eval'")


def test_staff_see_photos_of_the_bucket(staff: User, client: Client, settings: Any) -> None:
    settings.OSS_BUCKET = "our-photos"
    client.force_login(staff)
    told = client.get("/admin/")["Content-Security-Policy"]
    assert "img-src 'self' data: https://our-photos.oss-cn-beijing.aliyuncs.com;" in told


def test_over_tls_browsers_are_told_to_stay_there(anonymous: APIClient, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    assert anonymous.get(CONFIG, secure=True)["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_only_staffs_pages_are_redirected_to_tls(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/admin/login/").status_code == 301
    assert [Client().get(path).status_code for path in (CONFIG, "/healthz")] == [200, 200]


def test_another_host_is_refused_but_health_is_told_by_address(anonymous: APIClient) -> None:
    answer = anonymous.get(CONFIG, headers={"Host": "evil.example.com"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert b"evil" not in answer.content
    assert anonymous.get("/healthz", headers={"Host": "10.1.2.3"}).status_code == 200


def test_staff_who_forget_the_slash_are_led_on(anonymous: APIClient) -> None:
    answer = anonymous.get("/admin")
    assert (answer.status_code, answer["Location"]) == (301, "/admin/")


def test_each_answer_tells_its_length(anonymous: APIClient) -> None:
    for path in (CONFIG, "/api/v1/nothing", "/healthz"):
        answer = anonymous.get(path)
        assert answer["Content-Length"] == str(len(answer.content))
