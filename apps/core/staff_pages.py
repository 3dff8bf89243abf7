"""What browsers need and the app does not: sessions, who of staff it is, messages, static files.

Requests of the app go past them; they would cost it as much as what it asks for.
"""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from whitenoise.middleware import WhiteNoiseMiddleware

# Below /api/, but shown to staff by their session.
SHOWN_TO_STAFF = "/api/v1/openapi.json"


class _ForBrowsers:
    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        is_for_app = request.path_info.startswith("/api/") and request.path_info != SHOWN_TO_STAFF
        return self.get_response(request) if is_for_app else super().__call__(request)  # type: ignore[misc]  # of the class it stands before


class StaffSessionMiddleware(_ForBrowsers, SessionMiddleware):
    pass


class StaffAuthenticationMiddleware(_ForBrowsers, AuthenticationMiddleware):
    pass


class StaffMessageMiddleware(_ForBrowsers, MessageMiddleware):
    pass


class StaticFilesMiddleware(_ForBrowsers, WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise has no types
    pass
