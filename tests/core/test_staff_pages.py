"""Sessions and messages are for staff's pages; the app's requests go past them."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from apps.accounts.models import User
from apps.core.staff_pages import StaffAuthenticationMiddleware, StaffMessageMiddleware, StaffSessionMiddleware


def seen(request: HttpRequest) -> HttpRequest:
    """The request as a view gets it."""
    views: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        views.append(request)
        return HttpResponse()

    StaffSessionMiddleware(StaffAuthenticationMiddleware(StaffMessageMiddleware(view)))(request)
    return views[0]


@pytest.mark.parametrize("path", ["/admin/", "/docs", "/api/v1/openapi.json", "/healthz", "/static/x.css"])
def test_a_page_of_browsers_has_them(rf: RequestFactory, path: str) -> None:
    request = seen(rf.get(path))
    assert hasattr(request, "session")
    assert hasattr(request, "_messages")


@pytest.mark.parametrize("path", ["/api/v1/points/balance", "/api/v1/openapi.json/x", "/api/"])
def test_a_request_of_the_app_does_not(rf: RequestFactory, path: str) -> None:
    request = seen(rf.get(path))
    assert not hasattr(request, "session")
    assert not hasattr(request, "_messages")


@pytest.mark.django_db
def test_a_session_of_staff_opens_nothing_of_the_app(client: Client, staff: User, settings: Any) -> None:
    client.force_login(staff)
    assert client.get("/api/v1/user/profile").status_code == 401
