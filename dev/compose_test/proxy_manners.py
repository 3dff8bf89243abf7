"""What the proxy itself answers, and what must come through it."""

from dev.failure import Failure
from dev.loopback_http import loopback_session

SECONDS = 30
# One byte above what docker/nginx.conf takes for the API.
TOO_LARGE = b'"' + b"x" * (80 * 1024) + b'"'


def require_manners(base_url: str) -> None:
    """Raises Failure for the first answer that is not as it should be."""
    http = loopback_session()
    expected = {
        "/healthz": 200,
        "/readyz": 404,
        "/static/admin/css/base.css": 200,
        "/metrics": 404,
        "/proxy-health": 204,
    }
    for path, status in expected.items():
        answered = http.get(base_url + path, timeout=SECONDS).status_code
        if answered != status:
            raise Failure(f"{path} answers {answered} instead of {status}")
    refused = http.post(f"{base_url}/api/v1/auth/login", data=TOO_LARGE, timeout=SECONDS)
    if (refused.status_code, refused.json()["code"]) != (413, "payload_too_large"):
        raise Failure(f"a body that is too large gets {refused.status_code}")
