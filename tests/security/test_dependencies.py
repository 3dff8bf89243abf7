"""T-32: each package is at least the version in which its last known hole was closed, or the one that was tried."""

from importlib.metadata import version

import pytest

LEAST = {
    "celery": "5.7",
    "cryptography": "44.0.1",
    "django": "5.2.19",
    "djangorestframework": "3.18",
    "kombu": "5.7",
    "pillow": "13.0",
    "psycopg": "3.3.9",
    "pyjwt": "2.10.1",
    "redis": "8.1",
    "requests": "2.34",
    "urllib3": "2.6",
    "granian": "2.8.7",
}


def numbers(written: str) -> tuple[int, ...]:
    return tuple(int(part) for part in written.split(".")[:3] if part.isdecimal())


@pytest.mark.parametrize("package", LEAST)
def test_no_package_is_older_than_its_last_known_hole(package: str) -> None:
    assert numbers(version(package)) >= numbers(LEAST[package])
