"""T-34: tricks with methods, paths, hosts and headers lead nowhere."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts import access_token, sessions
from apps.accounts.models import Device, User

PROFILE = "/api/v1/user/profile"


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "TRACK", "ANYTHING"])
def test_only_the_listed_methods_are_possible(app: APIClient, method: str) -> None:
    answer = app.generic(method, PROFILE)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_header_makes_no_other_method_of_a_request(app: APIClient, header: str) -> None:
    assert app.post(PROFILE, {"nickname": "Lily"}, format="json", headers={header: "PATCH"}).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "//api/v1/user/profile",
        "/api/v1//user/profile",
        "/api/v1/./user/profile",
        "/api/v1/x/../user/profile",
        "/api/v1/user/profile;a=b",
        "/API/v1/user/profile",
        "/api/v1/user%2fprofile/x",
    ],
)
def test_another_spelling_of_a_path_is_no_path(app: APIClient, path: str) -> None:
    assert app.generic("GET", path).status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "Forwarded"])
def test_a_header_moves_no_request(app: APIClient, header: str) -> None:
    answer = app.get(PROFILE, headers={header: "evil.example.com/api/v1/points/balance"})
    assert "billing_user_id" in answer.json()
    assert b"evil.example.com" not in answer.content


@pytest.mark.django_db
def test_a_session_of_staff_opens_no_part_of_the_api(staff: User, client: Client) -> None:
    client.force_login(staff)
    assert client.get(PROFILE).status_code == 401


@pytest.mark.django_db
def test_a_token_of_an_app_opens_no_page_of_staff(app: APIClient) -> None:
    answer = app.get("/admin/points/pointtransaction/")
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/")


def test_a_token_counts_in_its_header_only(anonymous: APIClient, device: Device) -> None:
    token = str(access_token.issue(sessions.start(device)))
    anonymous.cookies["access_token"] = token
    assert anonymous.get(f"{PROFILE}?access_token={token}&token={token}").status_code == 401
    assert anonymous.get(PROFILE, headers={"Authorization": f"Bearer {token}"}).status_code == 200
