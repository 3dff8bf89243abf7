"""Answers to pages of other hosts (CORS). Apps send no Origin, and are not asked about one."""

from typing import Any

from corsheaders.middleware import CorsMiddleware
from django.http import HttpRequest
from django.utils.cache import patch_vary_headers


class CrossOriginMiddleware(CorsMiddleware):
    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        if "HTTP_ORIGIN" in request.META:
            return super().__call__(request)
        response = self.get_response(request)
        if request.path_info.startswith("/api/"):
            patch_vary_headers(response, ("origin",))
        return response
