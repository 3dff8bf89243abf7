"""How each generation of Nacos is asked for a document (vendor: nacos.io, open API of v1, v2 and v3).

v1 is gone from Nacos 3.2, v3 is unknown before 3.0: an address that a server does not know answers 404 or 410.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.remoteconfig.bounded_calls import Answer

NO_SUCH_CONFIG = 20004


class NotSpoken(Exception):
    """The server does not know this address."""


class NoSuchDocument(Exception):
    """The server knows no document of this name, or has deleted it."""


class Denied(Exception):
    """The server wants a login, or another one."""


@dataclass(frozen=True)
class Wanted:
    """Which document. An empty namespace is the public one."""

    namespace: str
    group: str
    data_id: str

    def __str__(self) -> str:
        return f"{self.namespace or 'public'}/{self.group}/{self.data_id}"


@dataclass(frozen=True)
class Dialect:
    name: str
    path: str
    login_path: str
    # What this generation calls namespace, group and document.
    words: tuple[str, str, str]

    def query(self, wanted: Wanted) -> Mapping[str, str]:
        values = (wanted.namespace, wanted.group, wanted.data_id)
        return {word: value for word, value in zip(self.words, values, strict=True) if value}

    def content(self, answer: Answer) -> bytes:
        """Raises NotSpoken, NoSuchDocument or Denied."""
        if answer.status in (401, 403):
            raise Denied
        if answer.status != 200:
            raise self._refusal(answer)
        return answer.body if self.name == "v1" else self._unwrapped(answer)

    def _refusal(self, answer: Answer) -> Exception:
        told = answer.json
        wrapped = isinstance(told, dict) and told.get("code") == NO_SUCH_CONFIG
        if wrapped or (answer.status == 404 and b"config data not exist" in answer.body):
            return NoSuchDocument()
        return NotSpoken() if answer.status in (404, 405, 410, 501) else Broken(f"HTTP {answer.status}")

    def _unwrapped(self, answer: Answer) -> bytes:
        told = answer.json
        if not isinstance(told, dict):
            raise Broken("the answer is not what Nacos says")
        if told.get("code") == NO_SUCH_CONFIG:
            raise NoSuchDocument
        content = told.get("data")
        content = content.get("content") if isinstance(content, dict) else content
        if told.get("code") != 0 or not isinstance(content, str):
            raise Broken(f"Nacos answers code {told.get('code')!r}"[:80])
        return content.encode(errors="surrogatepass")


class Broken(Exception):
    """An answer that says nothing we know."""


V3 = Dialect("v3", "/nacos/v3/client/cs/config", "/nacos/v3/auth/user/login", ("namespaceId", "groupName", "dataId"))
V2 = Dialect("v2", "/nacos/v2/cs/config", "/nacos/v1/auth/login", ("namespaceId", "group", "dataId"))
V1 = Dialect("v1", "/nacos/v1/cs/configs", "/nacos/v1/auth/login", ("tenant", "group", "dataId"))
DIALECTS = (V3, V2, V1)
