"""What browsers must not do with our answers; hosts that we are not."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware

from apps.core.probes import PROBES

NOTHING = "default-src 'none'; frame-ancestors 'none'"
SWAGGER = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
# The theme's scripts read expressions from attributes of its own templates, and set styles; no page has a script in it.
STAFF = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: {photos}; media-src 'self' {photos}; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
NO_FEATURES = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"


class SecurityHeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", _policy(request.path_info))
        response.headers.setdefault("Permissions-Policy", NO_FEATURES)
        return response


class HostMiddleware(CommonMiddleware):
    """Django's own, which refuses hosts that are not in ALLOWED_HOSTS, adds the slash that staff forget, and tells the
    length of each answer. It looks at more than the app's requests need; probes may call us by address."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        """Raises DisallowedHost."""
        if not request.path_info.startswith("/api/"):
            return super().__call__(request)
        if request.path_info not in PROBES:
            request.get_host()
        return self.process_response(request, self.get_response(request))

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """A 304 has the length of an answer that is not sent, or none (RFC 9110, 8.6)."""
        return response if response.status_code == 304 else super().process_response(request, response)

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:  # type: ignore[override]  # as Django's
        return None if request.path_info in PROBES else super().process_request(request)


def _policy(path: str) -> str:
    if path.startswith(f"/{settings.ADMIN_PATH}/"):
        return STAFF.format(photos=_photo_host())
    return SWAGGER if path == "/docs" else NOTHING


def _photo_host() -> str:
    """Where staff's browsers load photos and clips from."""
    if not settings.OSS_BUCKET:
        return str(settings.PUBLIC_BASE_URL)
    host = urlsplit(settings.OSS_PUBLIC_ENDPOINT or settings.OSS_ENDPOINT).hostname or ""
    return f"https://{host}" if settings.OSS_PUBLIC_ENDPOINT_IS_CNAME else f"https://{settings.OSS_BUCKET}.{host}"
