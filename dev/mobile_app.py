"""The mobile app, as far as the server can tell: one phone, one user, the REST calls a real app makes."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import requests

from dev.failure import Failure
from dev.loopback_http import loopback_session

SECONDS = 30


class Refused(Failure):
    """The server answered with a problem."""

    def __init__(self, answer: requests.Response) -> None:
        problem = _problem(answer)
        self.status = answer.status_code
        self.code = str(problem.get("code", ""))
        self.reason = str(problem.get("detail") or problem.get("title") or answer.reason)
        request = answer.request
        super().__init__(f"{request.method} {request.path_url} answered {self.status} {self.code}: {self.reason}")


class MobileApp:
    def __init__(self, base_url: str, device_id: str = "") -> None:
        self.api = f"{base_url}/api/v1"
        self.device_id = device_id or f"demo-{uuid4()}"
        self.device_secret = "pkd1_" + secrets.token_urlsafe(32)
        self.user_id = ""
        self.http = loopback_session()
        # Uploads and downloads go without our token: there the link is the permission.
        self.storage = loopback_session()

    def login(self) -> dict[str, Any]:
        """Afterwards every call is made as this device's user."""
        shown = {
            "device_id": self.device_id,
            "device_secret": self.device_secret,
            "platform": "ios",
            "app_version": "1.0.0",
        }
        answer = self._send("POST", "/auth/login", json=shown)
        self.http.headers["Authorization"] = f"Bearer {answer['access_token']}"
        self.user_id = str(answer["user"]["id"])
        return answer

    def balance(self) -> int:
        return int(self._send("GET", "/points/balance")["balance"])

    def ledger(self) -> list[dict[str, Any]]:
        """Newest first, the first page."""
        items: list[dict[str, Any]] = self._send("GET", "/points/transactions")["items"]
        return items

    def templates(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._send("GET", "/emoji/templates")["items"]
        return items

    def ticket(self, photo: bytes, content_type: str) -> dict[str, Any]:
        sha256 = hashlib.sha256(photo).hexdigest()
        declared = {"content_type": content_type, "content_length": len(photo), "sha256": sha256}
        return self._send("POST", "/emoji/uploads", json=declared)

    def upload(self, ticket: Mapping[str, Any], photo: bytes) -> None:
        answer = self.storage.request(
            ticket["method"], ticket["url"], data=photo, headers=dict(ticket["headers"]), timeout=SECONDS
        )
        if not answer.ok:
            raise Refused(answer)

    def create_task(self, template_id: str, upload_id: str, key: str = "") -> dict[str, Any]:
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self._send(
            "POST", "/emoji/tasks", json={"template_id": template_id, "upload_id": upload_id}, headers=headers
        )

    def task(self, task_id: str) -> dict[str, Any]:
        return self._send("GET", f"/emoji/tasks/{task_id}")

    def download(self, url: str) -> bytes:
        answer = self.storage.get(url, timeout=SECONDS)
        if not answer.ok:
            raise Refused(answer)
        return answer.content

    def _send(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        answer = self.http.request(method, self.api + path, timeout=SECONDS, **request)
        if not answer.ok:
            raise Refused(answer)
        body: dict[str, Any] = answer.json()
        return body


def _problem(answer: requests.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}
