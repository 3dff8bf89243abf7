"""`make secrets >> .env`: the values that compose.yaml wants, new and random. They fit into addresses as they are."""

import secrets

NAMES = (
    "SECRET_KEY",
    "JWT_SIGNING_KEY",
    "DEVICE_ID_PEPPER",
    "REVENUECAT_WEBHOOK_SECRET",
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
)


def new_secrets() -> dict[str, str]:
    return {name: secrets.token_urlsafe(48) for name in NAMES}


if __name__ == "__main__":
    print("\n".join(f"{name}={value}" for name, value in new_secrets().items()))
