"""What stops a start: in production a secret that everybody knows, or a mock; anywhere a node id that is none."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

SECRETS = ("SECRET_KEY", "DEVICE_ID_PEPPER", "REVENUECAT_WEBHOOK_SECRET")
KNOWN_TO_ALL = ("changethis", "change-me", "change-this", "secret", "password", "example", "insecure", "")
SHORTEST_SECRET = 32


@register(Tags.security)
def production_has_real_secrets(**_: Any) -> list[CheckMessage]:
    if not settings.PRODUCTION:
        return []
    values = {name: str(getattr(settings, name)) for name in SECRETS}
    weak = [name for name, value in values.items() if _is_weak(value)]
    shared = len(set(values.values())) < len(values)
    errors: list[CheckMessage] = [
        Error(f"{name} is missing, known to everybody, or shorter than {SHORTEST_SECRET} characters", id="pk.E001")
        for name in weak
    ]
    return errors + ([Error("two secrets are equal", id="pk.E002")] if shared and not weak else [])


@register(Tags.security)
def production_is_not_a_rehearsal(**_: Any) -> list[CheckMessage]:
    if not settings.PRODUCTION:
        return []
    rules = {
        "DEBUG is on": settings.DEBUG,
        "ALLOWED_HOSTS is empty or *": not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS,
        "ALIYUN_EMOJI_MOCK is on": settings.ALIYUN_EMOJI_MOCK,
        "DASHSCOPE_API_KEY is not set": not (settings.DASHSCOPE_API_KEY or settings.DASHSCOPE_ACCOUNTS),
        "OSS_BUCKET is not set: a local folder is no home for users' photos": not settings.OSS_BUCKET,
        "PUBLIC_BASE_URL is not https": not settings.PUBLIC_BASE_URL.startswith("https://"),
    }
    return [Error(sentence, id="pk.E003") for sentence, broken in rules.items() if broken]


@register
def node_id_has_ten_bits(**_: Any) -> list[CheckMessage]:
    node = settings.SNOWFLAKE_NODE_ID
    return [] if node is None or 0 <= node <= 1023 else [Error("SNOWFLAKE_NODE_ID is not 0 to 1023", id="pk.E005")]


def _is_weak(value: str) -> bool:
    return (
        len(value) < SHORTEST_SECRET
        or value in KNOWN_TO_ALL
        or any(
            value.startswith(prefix)
            for prefix in ("insecure", "django-insecure-", "changethis", "change-me", "example")
        )
    )
