"""`make secrets >> .env`: the values that compose.yaml wants, new and random. They fit into addresses as they are."""

import secrets
from base64 import b64encode

NAMES = (
    "SECRET_KEY",
    "DEVICE_ID_PEPPER",
    "REVENUECAT_WEBHOOK_SECRET",
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
)


def new_secrets() -> dict[str, str]:
    signing_key = f"first:{b64encode(secrets.token_bytes(48)).decode()}"
    return {name: secrets.token_urlsafe(48) for name in NAMES} | {"JWT_SIGNING_KEYS": signing_key}


if __name__ == "__main__":
    print("\n".join(f"{name}={value}" for name, value in new_secrets().items()))
